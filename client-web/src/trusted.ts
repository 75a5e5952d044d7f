import decoderUrl from './display/decoder.worker?worker&url';

/** What TypeScript's DOM library does not know yet: https://w3c.github.io/trusted-types/dist/spec/ */
interface TrustedTypes {
  createPolicy(name: string, rules: Record<'createHTML' | 'createScriptURL', (text: string) => string | null>): unknown;
}

/**
 * What the page may turn into markup or code. The content security policy allows this one policy, under which strings pass that
 * are given to innerHTML, Worker and the like: Mantine's style sheets, which have no tags, and our one worker. All else throws.
 */
export const rules = {
  createHTML: (text: string): string | null => (text.includes('<') ? null : text),
  createScriptURL: (url: string): string | null => (url === decoderUrl ? url : null),
};

export function guardScripts(): void {
  (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('default', rules);
}
