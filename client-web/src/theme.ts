import { createTheme } from '@mantine/core';

/** Calm greens, and greys that lean towards them. Only fonts that the computer has: nothing is fetched. */
export const theme = createTheme({
  primaryColor: 'tide',
  primaryShade: { light: 8, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: '"Pretendard Variable", Pretendard, "Segoe UI Variable Text", system-ui, -apple-system, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif',
  headings: { fontWeight: '650' },
  colors: {
    tide: ['#e7f6f3', '#d0ece6', '#a1d9cf', '#6fc5b6', '#48b4a2', '#2fa995', '#1c9483', '#12796c', '#0b6b66', '#07504d'],
    dark: ['#dbe3e3', '#b4bfc0', '#8b999b', '#65747a', '#3d4a4f', '#2d383c', '#212a2e', '#171e21', '#11171a', '#0b1012'],
  },
});

/** The nonce that the server writes into the page for styles made at run time. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
}
