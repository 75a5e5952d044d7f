// The wire has no DOM; these two exist in browsers, workers and Node alike, but not in TypeScript's ES libraries.
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}
