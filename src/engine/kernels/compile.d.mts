/** The WebAssembly module of the kernels, compiled from `assembly`. */
export function compileKernels(): Promise<Uint8Array>;
