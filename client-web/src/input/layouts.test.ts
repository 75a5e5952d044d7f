import { describe, expect, it } from 'vitest';
import { layoutNames, plan } from './layouts';
import type { LayoutName } from './layouts';
import { qnum } from './qnum';

const keys = (text: string, layout: LayoutName): string =>
  plan(text, layout).steps.map((step) => step.map(({ code, shift, altGraph }) => `${shift ? '⇧' : ''}${altGraph ? '⌥' : ''}${code}`).join('+')).join(' ');

describe('plan', () => {
  it.each<[string, LayoutName, string]>([
    ['aA1!', 'us', 'KeyA ⇧KeyA Digit1 ⇧Digit1'],
    ['z y\n', 'de', 'KeyY Space KeyZ Enter'],
    ['@{\\', 'de', '⌥KeyQ ⌥Digit7 ⌥Minus'],
    ['^', 'de', 'Backquote+Space'],
    ['é', 'de', 'Equal+KeyE'],
    ['a1@', 'fr', 'KeyQ ⇧Digit1 ⌥Digit0'],
    ['ëê^', 'fr', '⇧BracketLeft+KeyE BracketLeft+KeyE BracketLeft+Space'],
    ['ñ', 'es', 'Semicolon'],
    ['ú', 'es', 'Quote+KeyU'],
    ['@', 'jp', 'BracketLeft'],
    ['£"', 'gb', '⇧Digit3 ⇧Digit2'],
  ])('types %j on %s', (text, layout, expected) => {
    expect(keys(text, layout)).toBe(expected);
    expect(plan(text, layout).left).toBe('');
  });

  it('types Hangul in its own mode and leaves the keyboard as it was', () => {
    expect(keys('한a', 'kr')).toBe('Lang1 KeyG+KeyK+KeyS Lang1 KeyA');
    expect(keys('값 꿔, ㅋㅋ', 'kr')).toBe('Lang1 KeyR+KeyK+KeyQ+KeyT Space ⇧KeyR+KeyN+KeyJ Comma Space KeyZ KeyZ Lang1');
    expect(plan('한', 'us')).toEqual({ steps: [], left: '한' });
  });

  it('says what it cannot type', () => {
    expect(plan('a🙂ß', 'us')).toMatchObject({ left: '🙂ß' });
    expect(plan('a\r\nb', 'us').steps).toHaveLength(3);
  });

  it('has every character of ASCII on every layout, but for those of Italian ones that want two keys held, on keys that can be sent', () => {
    const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
    for (const layout of layoutNames) {
      const { steps, left } = plan(ascii, layout);
      expect([layout, left]).toEqual([layout, layout === 'it' ? '`{}~' : '']);
      for (const { code } of steps.flat()) expect([code, qnum(code)]).not.toContain(undefined);
    }
  });
});
