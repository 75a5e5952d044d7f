/// <reference types="vite/client" />
declare module 'zstd.wasm?url' {
  const url: string;
  export default url;
}
