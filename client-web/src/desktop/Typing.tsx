import { useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { FormEvent, Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { DesktopController } from './controller';
import { Composing, filler } from '../input/typed';

export interface TypingHandle {
  open(): void;
}

/** A hidden field: focusing it brings up a phone's keyboard; what appears in it is typed in the desktop, what no key gives as a paste. */
export function Typing({ ref, controller }: { readonly ref: Ref<TypingHandle>; readonly controller: DesktopController }) {
  const { t } = useTranslation();
  const { input } = controller;
  const field = useRef<HTMLTextAreaElement>(null);
  const [composing] = useState(() => new Composing((text) => input.keys.has(text)));
  const [left, setLeft] = useState('');
  useImperativeHandle(ref, () => ({ open: () => field.current?.focus() }), []);
  useEffect(() => {
    if (field.current) input.listenKeys(field.current);
  }, [input]);
  useEffect(() => {
    const timer = setTimeout(() => setLeft(''), 4_000);
    return () => clearTimeout(timer);
  }, [left]);

  const reset = (): void => {
    composing.reset();
    if (!field.current) return;
    field.current.value = filler;
    field.current.setSelectionRange(filler.length, filler.length);
  };
  const follow = (value: string, isComposing: boolean): void => {
    const { deleted, text } = composing.change(value, isComposing);
    for (let i = 0; i < deleted; i++) input.keys.chord('Backspace');
    if (!input.keys.has(text) && controller.paste(text)) return;
    const untyped = input.keys.type(text);
    if (untyped !== '') setLeft(untyped);
  };
  const changed = (event: FormEvent<HTMLTextAreaElement>): void => {
    const { value } = event.currentTarget;
    const { isComposing } = event.nativeEvent as InputEvent;
    follow(value, isComposing);
    // While the phone composes a word, the field is its notebook.
    if (!composing.holds(value) && (!isComposing || value.length < filler.length / 2)) reset();
  };
  const composed = (): void => {
    if (field.current) follow(field.current.value, false);
    reset();
  };
  return (
    <>
      <textarea
        ref={field} className="typing" aria-label={t('session.keyboard')} tabIndex={-1} defaultValue={filler} data-testid="typing"
        autoCapitalize="off" autoComplete="off" autoCorrect="off" spellCheck={false}
        onFocus={reset} onInput={changed} onCompositionEnd={composed}
      />
      {left !== '' && <div className="desk-note" role="status">{t('session.untypable', { text: left })}</div>}
    </>
  );
}
