import { CloseButton, TextInput } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { SearchIcon } from './icons';

interface SearchFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** The keyboard goes on to what was found. */
  readonly onDown: () => void;
}

/** Searches as one types. The key / leads to it from everywhere on the page. */
export function SearchField({ value, onChange, onDown }: SearchFieldProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const pressed = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      const at = document.activeElement;
      if (at instanceof HTMLElement && (at.isContentEditable || at.matches('input, textarea, select') || at.closest('[role="dialog"], [role="menu"]'))) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    // What is being composed, a Korean syllable say, ends with the same keys.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') onChange('');
    if (event.key === 'Enter' || event.key === 'ArrowDown') {
      event.preventDefault();
      onDown();
    }
  };
  return (
    <TextInput
      ref={field} className="search" type="text" role="searchbox" inputMode="search" enterKeyHint="search" aria-label={t('start.search')} aria-keyshortcuts="/" placeholder={t('start.search')} value={value}
      autoComplete="off" spellCheck={false} maxLength={100} leftSection={<SearchIcon size={18} />} data-testid="search" onKeyDown={onKeyDown} onChange={(event) => onChange(event.currentTarget.value)}
      rightSection={value === '' ? <kbd className="search-key" aria-hidden="true">/</kbd> : <CloseButton size="sm" aria-label={t('start.clear')} onClick={() => { onChange(''); field.current?.focus(); }} />}
    />
  );
}
