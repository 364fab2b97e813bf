// Compiles the kernels: used by esbuild.mjs, which puts the bytes into the worker's bundle, and by the tests.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const folder = path.join(import.meta.dirname, 'assembly');

/** Sources are called `.as`, so that they are not taken for TypeScript: the compiler asks for `.ts` of the same name. */
async function readSource(name) {
  if (!/^[a-z]+\.ts$/.test(name)) return null;
  return await readFile(path.join(folder, name.replace(/\.ts$/, '.as')), 'utf8').catch(() => null);
}

/** @returns {Promise<Uint8Array>} the WebAssembly module, whose memory is imported as `env.memory` */
export async function compileKernels() {
  let wasm;
  const options = [
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--importMemory',
    '--initialMemory',
    '1',
  ];
  const { error, stderr } = await asc.main(['index.ts', '--outFile', 'kernels.wasm', ...options], {
    readFile: readSource,
    writeFile: (_, contents) => {
      wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || !(wasm instanceof Uint8Array))
    throw new Error(`The kernels do not compile:\n${stderr.toString()}`);
  return wasm;
}
