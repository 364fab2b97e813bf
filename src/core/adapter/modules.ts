import { lastOfName } from '../lastPart';
import { displayName, shapeText } from '../safetensors/displayName';
import { product } from '../safetensors/elements';
import { FACTOR_BYTES_MAX, factorBytes } from '../ediem/memory';
import { failure, SploraError } from '../errors';
import type { SafetensorsHeader, TensorInfo } from '../safetensors/types';
import { parseAdapterKey, type KeyPart } from './keys';
import { EMBEDDING_NAMES, quotedList } from './names';
import type { AdapterModule } from './types';
import { say, type Message } from '../message';

/** The tensors of one module, by what they are to it. */
export interface ModuleTensors {
  readonly name: string;
  readonly parts: ReadonlyMap<KeyPart, TensorInfo>;
}

export interface GroupedTensors {
  readonly groups: readonly ModuleTensors[];
  /** Tensors whose name holds no LoRA part, in file order. */
  readonly others: readonly TensorInfo[];
}

const DAMAGED = say('The file is damaged or incomplete: export or download the adapter again.');

const broken = (file: string, tensor: string, message: Message): SploraError =>
  new SploraError({ code: 'bad-safetensors', message, file, tensor, advice: DAMAGED });

/**
 * Sorts the tensors of a file by module. Throws when two tensors are the same part of one module, or when the file
 * holds several adapters (`lora_A.one.weight`, `lora_A.two.weight`).
 */
export function groupTensors(header: SafetensorsHeader, file: string): GroupedTensors {
  const groups = new Map<string, Map<KeyPart, TensorInfo>>();
  const others: TensorInfo[] = [];
  const adapters = new Set<string>();
  for (const tensor of header.tensors.values()) {
    const key = parseAdapterKey(tensor.name);
    if (key === undefined) {
      others.push(tensor);
      continue;
    }
    if (key.adapterName !== undefined) adapters.add(key.adapterName);
    const parts = groups.get(key.module) ?? new Map<KeyPart, TensorInfo>();
    groups.set(key.module, parts);
    const twin = parts.get(key.part);
    if (twin !== undefined && adapters.size < 2) {
      const [first, second] = [displayName(twin.name), displayName(tensor.name)];
      const message = say('Tensors {0} and {1} are the same part of one module', first, second);
      throw broken(file, tensor.name, message);
    }
    parts.set(key.part, tensor);
  }
  if (adapters.size > 1) {
    const message = say('The file contains several adapters ({0})', quotedList([...adapters]));
    const advice = say('Save each one separately (model.save_pretrained with selected_adapters).');
    throw failure('unsupported-adapter', message, file, advice);
  }
  return { groups: [...groups].map(([name, parts]) => ({ name, parts })), others };
}

/** What a module needs from the config. */
export interface ModuleSettings {
  readonly scale: number;
  /** Why the module cannot be scored, from the config. */
  readonly unsupported?: Message;
  /** Factors are stored in blocks: their inner sizes need not agree. */
  readonly blockDiagonal?: boolean;
}

interface PairShape {
  readonly shape: readonly [number, number];
  readonly rank: number;
  readonly unsupported?: Message;
}

const PAIR_NAMES = {
  a: 'lora_A',
  b: 'lora_B',
  embeddingA: 'lora_embedding_A',
  embeddingB: 'lora_embedding_B',
  mlxA: 'lora_a',
  mlxB: 'lora_b',
} as const;
type PairPart = keyof typeof PAIR_NAMES;

/** Whether a group has a LoRA factor. */
export function isPair({ parts }: ModuleTensors): boolean {
  for (const part in PAIR_NAMES) if (parts.has(part as PairPart)) return true;
  return false;
}

/** `[A, B]` of a group by their parts; throws when one is there without the other. */
function requirePair(
  { name, parts }: ModuleTensors,
  a: PairPart,
  b: PairPart,
  file: string,
): readonly [TensorInfo, TensorInfo] {
  const [first, second] = [parts.get(a), parts.get(b)];
  if (first !== undefined && second !== undefined) return [first, second];
  const alone = first?.name ?? second?.name ?? name;
  const missing = PAIR_NAMES[first === undefined ? a : b];
  const message = say("Tensor {0} has no partner: the module's {1} is missing", displayName(alone), missing);
  throw broken(file, alone, message);
}

/** Checks that A and B fit and says what layer they adapt. `a`: r x n (…); `b`: m x r (…). */
function peftShape(a: TensorInfo, b: TensorInfo, file: string, blockDiagonal: boolean): PairShape {
  const [rank, n] = [a.shape[0] ?? 0, product(a.shape.slice(1))];
  const [m, inner] = [b.shape[0] ?? 0, b.shape[1] ?? 0];
  const fits = a.shape.length >= 2 && b.shape.length === a.shape.length && product(b.shape.slice(2)) === 1;
  checkPair(a, b, file, fits && (blockDiagonal || inner === rank));
  if (a.shape.length === 2) return { shape: [m, n], rank };
  return { shape: [m, n], rank, unsupported: say('A convolution: E-DIEM is defined for linear layers.') };
}

/** MLX: `a` n x r, `b` r x m; with a leading expert axis in mixture-of-experts layers E x r x n and E x m x r. */
function mlxShape(a: TensorInfo, b: TensorInfo, file: string): PairShape {
  if (a.shape.length === 3) {
    const [experts = 0, rank = 0, n = 0] = a.shape;
    const [otherExperts, m = 0, inner] = b.shape;
    checkPair(a, b, file, b.shape.length === 3 && otherExperts === experts && inner === rank);
    const unsupported = say('Stacked experts (3-D): E-DIEM is defined for one linear layer.');
    return { shape: [m, n], rank, unsupported };
  }
  const [n = 0, rank = 0] = a.shape;
  const [inner, m = 0] = b.shape;
  checkPair(a, b, file, a.shape.length === 2 && b.shape.length === 2 && inner === rank);
  return { shape: [m, n], rank };
}

function checkPair(a: TensorInfo, b: TensorInfo, file: string, fits: boolean): void {
  const isEmpty = a.shape.includes(0) || b.shape.includes(0);
  if (fits && !isEmpty) return;
  const [first, second] = [displayName(a.name), displayName(b.name)];
  const [shape, other] = [shapeText(a.shape), shapeText(b.shape)];
  throw fits
    ? broken(file, a.name, say('Tensor {0} {1} or its partner {2} is empty', first, shape, other))
    : broken(
        file,
        b.name,
        say('Tensors {0} {1} and {2} {3} do not fit together', first, shape, second, other),
      );
}

/** Up to here any rank is fine, whatever the layer. */
const SMALL_RANK_MAX = 256;

/**
 * `B A` has at most rank min(m, n). A somewhat higher one is no rarity where one rank is given to all layers (a router has
 * a row for each expert).
 */
export function rankReason({ shape, rank }: Pick<PairShape, 'shape' | 'rank'>): Message | undefined {
  const [m, n] = shape;
  if (rank > Math.max(SMALL_RANK_MAX, Math.min(m, n)))
    return say(
      'Rank {0} is larger than a layer of {1} x {2} can use, so the module is not scored.',
      rank,
      m,
      n,
    );
  if (factorBytes(shape, rank) > FACTOR_BYTES_MAX)
    return say('Scoring rank {0} of a layer of {1} x {2} takes more than 2 GB of memory.', rank, m, n);
  return undefined;
}

const EMBEDDING_REASON = say('An embedding: E-DIEM is defined for linear layers.');

function build(
  group: ModuleTensors,
  a: TensorInfo,
  b: TensorInfo,
  pair: PairShape,
  transposed: boolean,
  settings: ModuleSettings,
): AdapterModule {
  const unsupported = settings.unsupported ?? pair.unsupported ?? rankReason(pair);
  return {
    name: group.name,
    a,
    b,
    transposed,
    shape: pair.shape,
    rank: pair.rank,
    scale: settings.scale,
    tensors: [...group.parts.values()],
    ...(unsupported === undefined ? {} : { unsupported }),
  };
}

/** The rank that a PEFT group's tensors have (`lora_A.shape[0]`), which decides over the config. */
export function groupRank({ parts }: ModuleTensors): number {
  return (parts.get('a') ?? parts.get('embeddingA'))?.shape[0] ?? 0;
}

/** A PEFT module: `lora_A`/`lora_B` of a linear or convolution layer, or `lora_embedding_A`/`_B`. */
export function peftModule(group: ModuleTensors, file: string, settings: ModuleSettings): AdapterModule {
  if (group.parts.has('embeddingA') || group.parts.has('embeddingB')) {
    const [a, b] = requirePair(group, 'embeddingA', 'embeddingB', file);
    const stray = (group.parts.get('a') ?? group.parts.get('b'))?.name;
    if (stray !== undefined) {
      const message = say('Tensor {0} and an embedding pair claim the same module', displayName(stray));
      throw broken(file, stray, message);
    }
    const pair = { ...peftShape(a, b, file, false), unsupported: EMBEDDING_REASON };
    return build(group, a, b, pair, false, settings);
  }
  const [a, b] = requirePair(group, 'a', 'b', file);
  return build(group, a, b, peftShape(a, b, file, settings.blockDiagonal === true), false, settings);
}

/** An MLX module: `lora_a`/`lora_b`, stored transposed against PEFT. */
export function mlxModule(group: ModuleTensors, file: string, settings: ModuleSettings): AdapterModule {
  const [a, b] = requirePair(group, 'mlxA', 'mlxB', file);
  const pair = mlxShape(a, b, file);
  const embedding = EMBEDDING_NAMES.includes(lastOfName(group.name));
  const limited = embedding ? { ...pair, unsupported: EMBEDDING_REASON } : pair;
  return build(group, a, b, limited, a.shape.length === 2, settings);
}
