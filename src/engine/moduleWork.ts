import type { CheckpointTensor } from '../core/checkpoint/types';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import type { TensorInfo } from '../core/safetensors/types';
import type { QuartileMode } from '../core/report/analysis';
import { identifyFile, type ByteSource, type FileIdentity } from '../io/byteSource';
import { readTensor } from '../io/readTensor';
import type { MatchedModule, MatchedReplacement, ReadableWeight } from './matchModules';
import type {
  DenseWork,
  ModuleWork,
  NoMeasure,
  StoredDifference,
  StoredFactor,
  StoredWeight,
} from './workers/protocol';
import { say } from '../core/message';

/** Identity of each checkpoint file at the start of the job, by path. */
export type FileIdentities = ReadonlyMap<string, FileIdentity>;

/** @throws SploraError `io` */
export async function identifyFiles(paths: readonly string[]): Promise<FileIdentities> {
  const identities = await Promise.all(paths.map(identifyFile));
  return new Map(identities.map((identity) => [identity.path, identity]));
}

/**
 * Reads the factors of a module; workers read its weights.
 * @throws SploraError 'io'
 */
export async function readModuleWork(
  match: MatchedModule,
  adapter: ByteSource,
  identities: FileIdentities,
  quartiles: QuartileMode,
): Promise<ModuleWork | NoMeasure> {
  const { module } = match;
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
  const difference = storedDifference(match, identities);
  return { module: name, m, n, rank, scale, a, b, difference, quartiles };
}

export function storedDifference(
  { base, aligned, transposed }: MatchedModule,
  identities: FileIdentities,
): StoredDifference {
  const [rows = 0, columns = 0] = base.tensor.info.shape;
  const stored = (weight: ReadableWeight): StoredWeight => storedWeight(weight, identities);
  return { rows, columns, transposed, base: stored(base), aligned: stored(aligned) };
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
  const bytes = await readTensor(adapter, info);
  return { bytes, dtype: info.dtype, transposed };
}

function storedWeight({ tensor, dtype }: ReadableWeight, identities: FileIdentities): StoredWeight {
  const { below } = tensor;
  const identityOf = ({ file }: CheckpointTensor): FileIdentity => {
    const identity = identities.get(file);
    if (identity === undefined) throw new Error(`${file} was not identified before the job.`);
    return identity;
  };
  const stored = { file: identityOf(tensor), offset: tensor.info.offset, dtype };
  if (below === undefined) return stored;
  const firstRow = (tensor.info.shape[0] ?? 0) - (below.info.shape[0] ?? 0);
  return { ...stored, below: { file: identityOf(below), offset: below.info.offset, firstRow } };
}
