/** What the engine uses of the WebAssembly API: the configured libraries (no DOM) and Node's types leave it out. */
declare namespace WebAssembly {
  interface Module {
    /** Not a property: keeps other objects from passing for one. */
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  const Module: new (bytes: Uint8Array<ArrayBuffer>) => Module;
  class Memory {
    constructor(limits: { readonly initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } });
    readonly exports: Readonly<Record<string, unknown>>;
  }
}

/** Bytes that esbuild.mjs compiles from `assembly` and puts into the bundle. */
declare module '*/kernels.wasm' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
