import { expect, it } from 'vitest';
import { breakage } from './ErrorBoundary';

it.each([
  ['Failed to fetch dynamically imported module: https://vdi.test/assets/DesktopPage-1.js', 'newer'],
  ['error loading dynamically imported module: https://vdi.test/assets/DesktopPage-1.js', 'newer'],
  ['Importing a module script failed.', 'newer'],
  ['canvas.transferControlToOffscreen is not a function', 'browser'],
  ["Can't find variable: OffscreenCanvas", 'browser'],
  ['x is undefined', 'text'],
] as const)('%s', (message, kind) => expect(breakage(new TypeError(message))).toBe(kind));
