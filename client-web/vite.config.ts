import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const root = dirname(fileURLToPath(import.meta.url));

/**
 * Takes the WebAssembly out of zstddec, which carries it as base64 and loads it from a data: URL. Our content security policy
 * forbids those, so the bytes become a file that Vite serves.
 */
function extractZstd(): string {
  const source = readFileSync(createRequire(import.meta.url).resolve('zstddec'), 'utf8');
  const base64 = /const wasm = "([A-Za-z0-9+/=]+)"/.exec(source)?.[1];
  if (base64 === undefined) throw new Error('zstddec changed its layout: no base64 wasm found; adapt vite.config.ts');
  const folder = join(root, 'node_modules', '.vdi');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'zstd.wasm');
  writeFileSync(file, Buffer.from(base64, 'base64'));
  return file;
}

export default defineConfig({
  base: '/',
  plugins: [react()],
  resolve: { alias: [{ find: /^zstd\.wasm(?=\?|$)/, replacement: extractZstd() }] },
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Nothing becomes a data: URL: the content security policy allows them for pictures made at run time only.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': 'https://localhost:8443', '/h': { target: 'https://localhost:8443', ws: true } } },
  test: { include: ['{src,scripts}/**/*.test.{ts,tsx}'], environment: 'node' },
});
