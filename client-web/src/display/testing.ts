/** For tests: one zstd frame (RFC 8878) that holds `raw` uncompressed; Node 20 has no zstd to compress with. */
export function rawZstd(raw: Uint8Array): Uint8Array {
  const header = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, raw.length & 255, (raw.length >> 8) & 255, (raw.length >> 16) & 255, raw.length >>> 24];
  const block = (raw.length << 3) | 1;
  return new Uint8Array([...header, block & 255, (block >> 8) & 255, (block >> 16) & 255, ...raw]);
}
