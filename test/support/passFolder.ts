import { createHash } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Adapter } from '../../src/core/adapter/types';
import { PASS_TENSORS } from '../../src/core/passes';
import { openAdapter } from '../../src/io/openAdapter';
import { writePassFile, type PassTensor } from '../../src/io/passFiles';

/** A folder in `parent` as `recordPasses` leaves it, with numbers of no model; the caller removes it. */
export async function passFolder(path: string, parent = tmpdir()): Promise<string> {
  const { adapter, source } = await openAdapter(path);
  try {
    const folder = await mkdtemp(join(parent, 'splora-passes-'));
    const sha256 = createHash('sha256')
      .update(await readFile(source.path))
      .digest('hex');
    await writePassFile(folder, 'all', tensorsOf(adapter), { source, sha256 });
    return folder;
  } finally {
    await source.close();
  }
}

function tensorsOf({ modules }: Adapter): ReadonlyMap<string, PassTensor> {
  const tensors = new Map<string, PassTensor>();
  for (const { name, rank, shape } of modules) {
    const [m, n] = shape;
    tensors.set(PASS_TENSORS.inputs(name), { shape: [n], values: waves(n) });
    tensors.set(PASS_TENSORS.low(name), { shape: [rank], values: waves(rank) });
    const gram = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 2 : 0.5));
    tensors.set(PASS_TENSORS.gram(name), { shape: [n, n], values: gram, dtype: 'F32' });
    const direction = Float64Array.from({ length: m }, (_, at) => (at === 0 ? 1 : 0));
    tensors.set(PASS_TENSORS.directions(name), { shape: [1, m], values: direction });
  }
  return tensors;
}

const waves = (length: number): Float64Array =>
  Float64Array.from({ length }, (_, at) => 1 + Math.sin(at) ** 2);
