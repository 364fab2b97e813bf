import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DTYPE_BITS, type ArithmeticDtype } from '../../../src/core/safetensors/dtype';
import { KernelMemory } from '../../../src/engine/kernels/kernels';
import { OpenFiles } from '../../../src/engine/workers/openFiles';
import type { StoredWeight } from '../../../src/engine/workers/protocol';
import { projectRoot } from '../../support/paths';
import { encode, normals } from '../../support/random';

let compiled: Uint8Array<ArrayBuffer> | undefined;

/** For the suite that calls it: kernels in a memory of their own, made before its tests. */
export function suiteKernels(): { readonly memory: KernelMemory } {
  let memory: KernelMemory | undefined;
  before(() => {
    // The compiler runs once, in a plain Node: it is no CommonJS module.
    const script =
      "import('./src/engine/kernels/compile.mjs').then(async (m) => process.stdout.write(await m.compileKernels()))";
    compiled ??= Uint8Array.from(execFileSync(process.execPath, ['-e', script], { cwd: projectRoot }));
    memory = new KernelMemory(compiled);
  });
  return {
    get memory() {
      if (memory === undefined) throw new Error('there are kernels in tests only');
      return memory;
    },
  };
}

/** For the suite that calls it: a folder for weights and what opens them, both gone after its tests. */
export function suiteWeights(): { readonly files: OpenFiles; readonly folder: WeightFolder } {
  const [files, folder] = [new OpenFiles(), new WeightFolder()];
  after(() => {
    files.closeAll();
    folder.remove();
  });
  return { files, folder };
}

/** A folder for weights, and what removes it. */
class WeightFolder {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'splora-kernels-'));
  private count = 0;

  /** Writes bytes at an odd offset, as safetensors may. */
  store(bytes: Uint8Array, dtype: ArithmeticDtype): StoredWeight {
    const file = path.join(this.folder, `${String(this.count++)}.bin`);
    const offset = 13;
    writeFileSync(file, Buffer.concat([Buffer.alloc(offset), bytes]));
    const { dev, ino, size, mtimeNs } = statSync(file, { bigint: true });
    return { file: { path: file, dev, ino, size, mtimeNs }, offset, dtype };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** `count` elements of any bits that stand for finite numbers; a few are zeros, negative zeros and subnormals. */
export function randomBytes(count: number, dtype: ArithmeticDtype, seed: number): Uint8Array<ArrayBuffer> {
  const values = normals(count, seed);
  for (let i = 0; i < count; i += 7) values[i] = [0, -0, 1e-40, -6e-8][(i / 7) % 4] ?? 0;
  return encode(values, dtype);
}

export function bytesOf(count: number, dtype: ArithmeticDtype): number {
  return (count * DTYPE_BITS[dtype]) / 8;
}
