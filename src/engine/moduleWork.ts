import { isArithmeticDtype } from '../core/safetensors/dtype';
import type { TensorInfo } from '../core/safetensors/types';
import type { QuartileMode } from '../core/report/analysis';
import type { ByteSource, FileIdentity } from '../io/byteSource';
import type { MatchedModule, MatchedReplacement, ReadableWeight } from './matchModules';
import type { DenseWork, ModuleWork, NoMeasure, StoredFactor, StoredWeight } from './workers/protocol';
import { say } from '../core/message';

/** Identity of each checkpoint file at the start of the job, by path. */
export type FileIdentities = ReadonlyMap<string, FileIdentity>;

/**
 * Reads the factors of a module; workers read its weights.
 * @throws SploraError 'io'
 */
export async function readModuleWork(
  { module, base, aligned, transposed }: MatchedModule,
  adapter: ByteSource,
  identities: FileIdentities,
  quartiles: QuartileMode,
): Promise<ModuleWork | NoMeasure> {
  const [a, b] = await Promise.all([
    readFactor(module.a, module.transposed, adapter),
    readFactor(module.b, module.transposed, adapter),
  ]);
  if (a === undefined || b === undefined) {
    const reason = say(
      'The adapter contains {0} and {1}: scores need F64, F32, F16, or BF16.',
      module.a.dtype,
      module.b.dtype,
    );
    return { status: 'unsupported', reason };
  }
  const { name, shape, rank, scale } = module;
  const [m, n] = shape;
  const [rows = 0, columns = 0] = base.tensor.info.shape;
  const stored = (weight: ReadableWeight): StoredWeight => storedWeight(weight, identities);
  const difference = { rows, columns, transposed, base: stored(base), aligned: stored(aligned) };
  return { module: name, m, n, rank, scale, a, b, difference, quartiles };
}

export function denseWork(match: MatchedReplacement, identities: FileIdentities): DenseWork {
  const { replacement, stored, transposed } = match;
  const [rows, columns] = stored;
  return {
    ...{ module: replacement.name, rows, columns, transposed },
    base: storedWeight(match.base, identities),
    aligned: storedWeight(match.aligned, identities),
    file: storedWeight(match.file, identities),
    isMatrix: replacement.tensor.shape.length === 2,
  };
}

async function readFactor(
  info: TensorInfo,
  transposed: boolean,
  adapter: ByteSource,
): Promise<StoredFactor | undefined> {
  if (!isArithmeticDtype(info.dtype)) return undefined;
  const bytes = new Uint8Array(info.byteLength);
  await adapter.readInto(bytes, info.offset);
  return { bytes, dtype: info.dtype, transposed };
}

function storedWeight({ tensor, dtype }: ReadableWeight, identities: FileIdentities): StoredWeight {
  const file = identities.get(tensor.file);
  if (file === undefined) throw new Error(`${tensor.file} was not identified before the job.`);
  return { file, offset: tensor.info.offset, dtype };
}
