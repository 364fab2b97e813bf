import { EMBEDDING_NAMES, HEAD_NAMES } from '../adapter/names';
import { lastOfName } from '../lastPart';
import { displayName, shapeText, unquotedName } from '../safetensors/displayName';
import { locateExpert } from './expertWeight';
import { bareName, indexOf, type TensorIndex } from './tensorIndex';
import type { Checkpoint, CheckpointTensor, LocatedWeight } from './types';
import { say, verbatim, type Message } from '../message';

/** What `locateWeight` must know of a module. */
interface ModuleToLocate {
  readonly name: string;
  /** `[m, n]`, out x in. */
  readonly shape: readonly [number, number];
}

export type Located = { readonly found: LocatedWeight } | { readonly missing: Message };

/** More tensors that differ in nothing but wrapper prefixes are looked at by nobody: real checkpoints have at most a few. */
const NAMESAKES_MAX = 32;
/** How many tensors a reason names. */
const NAMED_MAX = 3;

/** transformers models whose blocks are Conv1D, which stores n x m. */
const CONV1D_MODELS = new Set(['gpt2', 'openai-gpt', 'imagegpt', 'decision_transformer', 'clvp']);
const CONV1D_NAMES = new Set(['c_attn', 'c_proj', 'c_fc', 'q_attn']);

/** Names under which other layouts hold the same weight together with others: for the reason text only. */
const FUSED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/(?:^|\.)(?:q|k|v)_proj$/, ['qkv_proj', 'query_key_value', 'Wqkv', 'c_attn', 'qkv']],
  [/(?:^|\.)(?:gate|up)_proj$/, ['gate_up_proj']],
  [/(?:^|\.)(?:query_key_value|qkv_proj|Wqkv|c_attn)$/, ['q_proj']],
  [/(?:^|\.)gate_up_proj$/, ['gate_proj']],
];

/**
 * The weight of a module: the tensor of that very name, else the only one of that name under other wrapper prefixes;
 * for a tied head the embedding. Takes O(1) time after the first call for a checkpoint.
 * @param fanInFanOut what the adapter says of the base; it decides only where shapes and the base's layout do not
 * @returns `missing`: one sentence why there is none, with what was tried
 */
export function locateWeight(checkpoint: Checkpoint, module: ModuleToLocate, fanInFanOut: boolean): Located {
  const index = indexOf(checkpoint);
  const fits = (stored: readonly number[]): boolean | undefined =>
    orientation(checkpoint, index, module, stored, fanInFanOut);
  const own = candidates(checkpoint, index, module.name);
  if (own.length > 0) return choose(module, own, fits);
  const expert = locateExpert(checkpoint, module);
  if (expert !== undefined) return { found: expert };
  const isHead = HEAD_NAMES.has(lastOfName(module.name));
  const tied = isHead && checkpoint.tiedEmbeddings ? tiedEmbeddings(checkpoint, index) : [];
  if (tied.length > 0) return choose(module, tied, fits);
  const nothing = nothingFound(checkpoint, index, module.name);
  if (!isHead) return { missing: nothing };
  return {
    missing: checkpoint.tiedEmbeddings
      ? say('{0} No embedding to tie the head to was found either.', nothing)
      : say('{0} Its embeddings are not tied to the head.', nothing),
  };
}

/**
 * The parameter that a whole tensor replaces, stored in the same shape; for a tied head the embedding.
 * @param name of the parameter, e.g. `lm_head.weight`
 */
export function locateParameter(
  checkpoint: Checkpoint,
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
  fanInFanOut: boolean,
): Located {
  const index = indexOf(checkpoint);
  const module = name.endsWith(WEIGHT) ? name.slice(0, -WEIGHT.length) : name;
  const last = lastOfName(module);
  const own = named(checkpoint, index, name);
  const isTiedHead = module !== name && HEAD_NAMES.has(last) && checkpoint.tiedEmbeddings;
  const found = own.length > 0 || !isTiedHead ? own : tiedEmbeddings(checkpoint, index);
  if (found.length === 0) return { missing: noTensor(name) };
  return choose({ name: module, shape }, found, (stored) =>
    stored.length === shape.length && stored.every((size, axis) => size === shape[axis])
      ? EMBEDDING_NAMES.includes(last) || isConv1D(checkpoint, index, last, fanInFanOut)
      : undefined,
  );
}

const WEIGHT = '.weight';

function candidates(checkpoint: Checkpoint, index: TensorIndex, module: string): readonly CheckpointTensor[] {
  return named(checkpoint, index, `${module}${WEIGHT}`);
}

function named(checkpoint: Checkpoint, index: TensorIndex, name: string): readonly CheckpointTensor[] {
  const exact = checkpoint.tensors.get(name);
  if (exact !== undefined) return [exact];
  return index.byBareName.get(bareName(name)) ?? [];
}

function tiedEmbeddings(checkpoint: Checkpoint, index: TensorIndex): readonly CheckpointTensor[] {
  return EMBEDDING_NAMES.flatMap((name) => candidates(checkpoint, index, name));
}

/** @param fits whether a tensor of that shape is stored n x m; undefined: it does not fit */
function choose(
  module: { readonly name: string; readonly shape: readonly number[] },
  tensors: readonly CheckpointTensor[],
  fits: (stored: readonly number[]) => boolean | undefined,
): Located {
  if (tensors.length > NAMESAKES_MAX) return { missing: tooMany(tensors) };
  const fitting: LocatedWeight[] = [];
  for (const weight of tensors) {
    const transposed = fits(weight.info.shape);
    if (transposed !== undefined) fitting.push({ weight, transposed });
  }
  const [found] = fitting;
  if (found !== undefined && fitting.length === 1) return { found };
  if (found === undefined) return { missing: shapesDiffer(module, tensors) };
  const names = fewOf(
    fitting.map(({ weight }) => weight.info.name),
    (name) => verbatim(displayName(name)),
    (name, rest) => say('"{0}" and {1}', unquotedName(name), rest),
  );
  return {
    missing: say('The match is ambiguous: several tensors of the checkpoint fit, {0}.', names),
  };
}

function tooMany(tensors: readonly CheckpointTensor[]): Message {
  const name = displayName(bareName(tensors[0]?.info.name ?? ''));
  return say(
    'The match is ambiguous: the checkpoint has {0} tensors named {1} with different prefixes.',
    tensors.length,
    name,
  );
}

/** Some of the items, and how many more there are. */
function fewOf<T>(
  items: readonly T[],
  alone: (item: T) => Message,
  before: (item: T, rest: Message) => Message,
): Message {
  const more = items.length - NAMED_MAX;
  const shown = items.slice(0, NAMED_MAX);
  const last = more > 0 ? undefined : shown.pop();
  const end = last === undefined ? say('{0} more', more) : alone(last);
  return shown.reduceRight((rest, item) => before(item, rest), end);
}

/** Whether a tensor of this shape is the module's weight stored n x m; undefined: it is not its weight. */
function orientation(
  checkpoint: Checkpoint,
  index: TensorIndex,
  { name, shape: [m, n] }: ModuleToLocate,
  stored: readonly number[],
  fanInFanOut: boolean,
): boolean | undefined {
  const [rows, columns] = stored;
  if (stored.length !== 2) return undefined;
  const straight = rows === m && columns === n;
  const across = rows === n && columns === m;
  if (!straight && !across) return undefined;
  const last = lastOfName(name);
  if (EMBEDDING_NAMES.includes(last)) return !straight; // an embedding is V x d, its update d x V
  if (!straight) {
    const isConv = CONV1D_NAMES.has(last) && (index.conv1d ?? isConv1DModel(checkpoint));
    return fanInFanOut || isConv ? true : undefined;
  }
  return across && isConv1D(checkpoint, index, last, fanInFanOut);
}

/**
 * Whether a square layer is a Conv1D. PEFT looks at the class of the base's layer, whatever the flag
 * says; the flag decides where nothing shows it.
 */
function isConv1D(checkpoint: Checkpoint, index: TensorIndex, last: string, fanInFanOut: boolean): boolean {
  const isModel = isConv1DModel(checkpoint);
  if (CONV1D_NAMES.has(last)) return index.conv1d ?? (isModel || fanInFanOut);
  return fanInFanOut && (checkpoint.modelType === undefined || isModel);
}

function isConv1DModel({ modelType }: Checkpoint): boolean {
  return modelType !== undefined && CONV1D_MODELS.has(modelType);
}

function shapesDiffer(
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
  tensors: readonly CheckpointTensor[],
): Message {
  const last = lastOfName(name);
  const vocabulary = HEAD_NAMES.has(last) || EMBEDDING_NAMES.includes(last);
  const own = shapeText(shape);
  const others = fewOf(
    tensors,
    ({ info }) => say('"{0}" of shape {1}', unquotedName(info.name), shapeText(info.shape)),
    ({ info }, rest) =>
      say('"{0}" of shape {1} and {2}', unquotedName(info.name), shapeText(info.shape), rest),
  );
  return vocabulary
    ? say('The module is {0}, but the checkpoint has {1}: the vocabularies differ.', own, others)
    : say('The module is {0}, but the checkpoint has {1}.', own, others);
}

function nothingFound(checkpoint: Checkpoint, index: TensorIndex, module: string): Message {
  const other = fusedName(checkpoint, index, module);
  const nothing = noTensor(`${module}${WEIGHT}`);
  if (other === undefined) return nothing;
  return say(
    '{0} It has {1}, which contains these weights fused or grouped differently.',
    nothing,
    displayName(other),
  );
}

function noTensor(wanted: string): Message {
  const bare = bareName(wanted);
  return bare === wanted
    ? say('The checkpoint has no tensor {0}, with or without the usual prefixes.', displayName(wanted))
    : say(
        'The checkpoint has no tensor "{0}" or "{1}", with or without the usual prefixes.',
        unquotedName(wanted),
        unquotedName(bare),
      );
}

function fusedName(checkpoint: Checkpoint, index: TensorIndex, module: string): string | undefined {
  const before = module.slice(0, module.lastIndexOf('.') + 1);
  const others = FUSED.filter(([name]) => name.test(module)).flatMap(([, parts]) =>
    parts.map((part) => before + part),
  );
  const expert = /^(.*\.experts)\.\d+\.(.*)$/s.exec(module);
  if (expert !== null) {
    const [, experts = '', projection = ''] = expert;
    others.push(`${experts}.${projection}`, `${experts}.gate_up_proj`);
  }
  for (const other of others) {
    // Fused experts are parameters, not modules: no `.weight`.
    const bare = index.byBareName.get(bareName(other))?.[0] ?? candidates(checkpoint, index, other)[0];
    if (bare !== undefined) return bare.info.name;
  }
  return undefined;
}
