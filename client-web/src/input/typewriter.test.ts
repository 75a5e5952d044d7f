import { describe, expect, it } from 'vitest';
import { typeText } from './typewriter';

describe('typeText', () => {
  it('strikes key after key, and says how far it is and what it left out', async () => {
    const struck: string[] = [];
    const parts: number[] = [];
    const typed = await typeText({ chord: (...codes) => void struck.push(codes.join('+')) }, 'A@é🙂', 'de', (part) => parts.push(part), new AbortController().signal);
    expect(struck).toEqual(['ShiftLeft+KeyA', 'AltRight+KeyQ', 'Equal', 'KeyE']);
    expect(parts).toEqual([1 / 3, 2 / 3, 1]);
    expect(typed).toEqual({ left: '🙂', whole: true });
  });

  it('stops between two characters', async () => {
    const stop = new AbortController();
    const struck: string[] = [];
    const typed = await typeText({ chord: (code = '') => { struck.push(code); stop.abort(); } }, 'ab', 'us', () => undefined, stop.signal);
    expect([struck, typed]).toEqual([['KeyA'], { left: '', whole: false }]);
  });
});
