/** npm `safetensors` 0.0.1, which comes without types. */
declare module 'safetensors' {
  export class SafeTensor {
    /** `buffer` must begin at byte 0 of its ArrayBuffer. */
    constructor(buffer: Uint8Array);
    readonly metadata: Map<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
    getTensor(name: string): Uint8Array;
  }
  export function loadSafeTensor(url: string): Promise<SafeTensor>;
}
