import { useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { FormEvent, Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { Input } from '../input/attach';
import { filler, typed } from '../input/typed';

export interface TypingHandle {
  open(): void;
}

/** A hidden field: focusing it brings up a phone's keyboard; what appears in it is typed in the desktop as far as keys can. */
export function Typing({ ref, input }: { readonly ref: Ref<TypingHandle>; readonly input: Input }) {
  const { t } = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const content = useRef(filler);
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
    if (!field.current) return;
    content.current = field.current.value = filler;
    field.current.setSelectionRange(filler.length, filler.length);
  };
  const changed = (event: FormEvent<HTMLTextAreaElement>): void => {
    const { value } = event.currentTarget;
    const { deleted, text } = typed(content.current, value);
    for (let i = 0; i < deleted; i++) input.keys.chord('Backspace');
    const untyped = input.keys.type(text);
    if (untyped !== '') setLeft(untyped);
    content.current = value;
    // While the phone composes a word, the field is its notebook.
    if (!(event.nativeEvent as InputEvent).isComposing || value.length < filler.length / 2) reset();
  };
  return (
    <>
      <textarea
        ref={field} className="typing" aria-label={t('session.keyboard')} tabIndex={-1} defaultValue={filler} data-testid="typing"
        autoCapitalize="off" autoComplete="off" autoCorrect="off" spellCheck={false}
        onFocus={reset} onInput={changed} onCompositionEnd={reset}
      />
      {left !== '' && <div className="desk-note" role="status">{t('session.untypable', { text: left })}</div>}
    </>
  );
}
