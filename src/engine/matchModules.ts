import type { Adapter, AdapterModule, Replacement } from '../core/adapter/types';
import { locateParameter, locateWeight, type Located } from '../core/checkpoint/locate';
import type { Checkpoint, CheckpointTensor } from '../core/checkpoint/types';
import { failure, type SploraError } from '../core/errors';
import { displayName } from '../core/safetensors/displayName';
import { product } from '../core/safetensors/elements';
import { isArithmeticDtype, type ArithmeticDtype } from '../core/safetensors/dtype';
import { say, type Message } from '../core/message';

export const CHOOSE_MODELS = say(
  'Choose the pretrained model as base and the chat or instruct model as aligned.',
);

/** A weight of a dtype that can be computed with. */
export interface ReadableWeight {
  readonly tensor: CheckpointTensor;
  readonly dtype: ArithmeticDtype;
}

/** The same weight in both models. */
interface WeightPair {
  readonly base: ReadableWeight;
  readonly aligned: ReadableWeight;
  readonly transposed: boolean;
  /** Bytes of both. */
  readonly weightBytes: number;
}

/** A module and its weight in both models. */
export interface MatchedModule extends WeightPair {
  readonly module: AdapterModule;
}

/** A replacement and the parameter that it replaces in both models. */
export interface MatchedReplacement extends WeightPair {
  readonly replacement: Replacement;
  /** In the adapter. */
  readonly file: ReadableWeight;
  /** Shape of all three in their files. A tensor that is not 2-D is one column, or flattened after its first axis. */
  readonly stored: readonly [rows: number, columns: number];
}

/** A module or replacement that has no score, and why. */
export interface DeclinedModule {
  readonly name: string;
  readonly status: 'unmatched' | 'unsupported';
  readonly reason: Message;
  /** The model that has no weight for it, and why; absent: something else is wrong. */
  readonly missing?: { readonly model: 'base' | 'aligned'; readonly why: Message };
}

export interface Matches {
  /** In the order of their weights on disk, so that reads go forward. */
  readonly matched: readonly MatchedModule[];
  readonly replaced: readonly MatchedReplacement[];
  readonly declined: readonly DeclinedModule[];
}

/**
 * Finds both weights of every module.
 * @throws SploraError `wrong-models` if base and aligned are the same, or no module is in both
 */
export function matchModules(adapter: Adapter, base: Checkpoint, aligned: Checkpoint): Matches {
  if (base.path === aligned.path) {
    const message = say('Base and aligned are the same checkpoint, so there is no alignment direction');
    throw failure('wrong-models', message, base.path, CHOOSE_MODELS);
  }
  const matched: MatchedModule[] = [];
  const declined: DeclinedModule[] = [];
  const { fanInFanOut } = adapter;
  for (const module of adapter.modules) {
    const { name, unsupported } = module;
    const match =
      unsupported === undefined
        ? bothWeights((model) => locateWeight(model, module, fanInFanOut), base, aligned)
        : ({ status: 'unsupported', reason: unsupported } as const);
    if ('reason' in match) declined.push({ name, ...match });
    else matched.push({ module, ...match });
  }
  rejectUnrelatedModels(matched, declined, base, aligned);
  matched.sort(byOffset);
  const replaced: MatchedReplacement[] = [];
  for (const replacement of adapter.replacements) {
    const { name, tensor } = replacement;
    const { dtype, shape } = tensor;
    const file = readable({ file: adapter.weightsFile, info: tensor });
    if (file === undefined) {
      const reason = say('The weight in the file is {0}: scores need F64, F32, F16, or BF16.', dtype);
      declined.push({ name, status: 'unsupported', reason });
      continue;
    }
    const match = bothWeights((model) => locateParameter(model, { name, shape }, fanInFanOut), base, aligned);
    if ('reason' in match) declined.push({ name, ...match });
    else replaced.push({ replacement, file, stored: matrixShape(replacement), ...match });
  }
  return { matched, replaced, declined };
}

/** A whole tensor as a matrix, in its stored layout. */
export function matrixShape({ tensor: { shape } }: Replacement): readonly [rows: number, columns: number] {
  const [rows = 1, ...others] = shape;
  return [rows, product(others)];
}

function bothWeights(
  locate: (model: Checkpoint) => Located,
  baseModel: Checkpoint,
  alignedModel: Checkpoint,
): WeightPair | Omit<DeclinedModule, 'name'> {
  const [inBase, inAligned] = [locate(baseModel), locate(alignedModel)];
  if ('missing' in inBase)
    return {
      status: 'unmatched',
      missing: { model: 'base', why: inBase.missing },
      reason: say('Base: {0}', inBase.missing),
    };
  if ('missing' in inAligned)
    return {
      status: 'unmatched',
      missing: { model: 'aligned', why: inAligned.missing },
      reason: say('Aligned: {0}', inAligned.missing),
    };
  const { transposed } = inBase.found;
  if (transposed !== inAligned.found.transposed) {
    return { status: 'unmatched', reason: say('Base and aligned store this weight in different layouts.') };
  }
  const [base, aligned] = [readable(inBase.found.weight), readable(inAligned.found.weight)];
  if (base === undefined || aligned === undefined) {
    const reason = say(
      'Weights are {0} and {1}: scores need F64, F32, F16, or BF16.',
      inBase.found.weight.info.dtype,
      inAligned.found.weight.info.dtype,
    );
    return { status: 'unsupported', reason };
  }
  const weightBytes = base.tensor.info.byteLength + aligned.tensor.info.byteLength;
  return { base, aligned, transposed, weightBytes };
}

function readable(tensor: CheckpointTensor): ReadableWeight | undefined {
  const { dtype } = tensor.info;
  return isArithmeticDtype(dtype) ? { tensor, dtype } : undefined;
}

function rejectUnrelatedModels(
  matched: readonly MatchedModule[],
  declined: readonly DeclinedModule[],
  base: Checkpoint,
  aligned: Checkpoint,
): void {
  const first = declined.find(({ status }) => status === 'unmatched');
  if (matched.length > 0 || first === undefined) return;
  const name = displayName(first.name);
  const message =
    first.missing === undefined
      ? say('The models do not fit this adapter ({0}): {1}', name, first.reason)
      : first.missing.model === 'base'
        ? say('The base model does not fit this adapter ({0}): {1}', name, first.missing.why)
        : say('The aligned model does not fit this adapter ({0}): {1}', name, first.missing.why);
  throw failure(
    'wrong-models',
    message,
    first.missing?.model === 'base' ? base.path : aligned.path,
    say('Choose the base and aligned models of this adapter.'),
  );
}

/** Every weight is equal: the same model under two names. */
export function identicalModels(base: Checkpoint, aligned: Checkpoint): SploraError {
  const message = say(
    'The base and aligned models contain the same weights, so there is no alignment direction: base {0}, aligned {1}.',
    base.path,
    aligned.path,
  );
  return failure('wrong-models', message, aligned.path, CHOOSE_MODELS);
}

/** The files of both models that hold a weight. */
export function modelFiles({
  matched,
  replaced,
}: Pick<Matches, 'matched' | 'replaced'>): ReadonlySet<string> {
  const files = new Set<string>();
  for (const { base, aligned } of [...matched, ...replaced]) {
    for (const { tensor } of [base, aligned]) {
      files.add(tensor.file);
      if (tensor.below !== undefined) files.add(tensor.below.file);
    }
  }
  return files;
}

function byOffset(left: MatchedModule, right: MatchedModule): number {
  const [a, b] = [left.base.tensor, right.base.tensor];
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.info.offset - b.info.offset;
}
