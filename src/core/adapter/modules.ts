import { lastOfName } from '../lastPart';
import { displayName } from '../safetensors/displayName';
import { FACTOR_BYTES_MAX, factorBytes } from '../ediem/memory';
import { SploraError } from '../errors';
import type { SafetensorsHeader, TensorInfo } from '../safetensors/types';
import { parseAdapterKey, type KeyPart } from './keys';
import { quotedList } from './names';
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

const broken = (file: string, tensor: string, message: Message): SploraError =>
  new SploraError({
    code: 'bad-safetensors',
    message,
    file,
    tensor,
    advice: say('The file is damaged or was saved half: export or download the adapter again.'),
  });

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
      throw broken(
        file,
        tensor.name,
        say(
          'Tensors {0} and {1} are the same part of one module',
          displayName(twin.name),
          displayName(tensor.name),
        ),
      );
    }
    parts.set(key.part, tensor);
  }
  if (adapters.size > 1) {
    throw new SploraError({
      code: 'unsupported-adapter',
      message: say('The file holds several adapters ({0})', quotedList([...adapters])),
      file,
      advice: say('Save each of them on its own (model.save_pretrained with selected_adapters).'),
    });
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

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
const shapeText = (tensor: TensorInfo): string => `[${tensor.shape.join(', ')}]`;

/** `[A, B]` of a group by their parts; throws when one stands without the other. */
export function requirePair(
  group: ModuleTensors,
  a: KeyPart,
  b: KeyPart,
  file: string,
): readonly [TensorInfo, TensorInfo] {
  const first = group.parts.get(a);
  const second = group.parts.get(b);
  if (first !== undefined && second !== undefined) return [first, second];
  const alone = first ?? second;
  const missing = first === undefined ? a : b;
  const name = {
    a: 'lora_A',
    b: 'lora_B',
    embeddingA: 'lora_embedding_A',
    embeddingB: 'lora_embedding_B',
    mlxA: 'lora_a',
    mlxB: 'lora_b',
  };
  throw broken(
    file,
    alone?.name ?? group.name,
    say(
      "Tensor {0} has no partner: the module's {1} is missing",
      displayName(alone?.name ?? group.name),
      missing in name ? name[missing as keyof typeof name] : missing,
    ),
  );
}

/** Checks that A and B fit and says what layer they adapt. `a`: r x n (…); `b`: m x r (…). */
function peftShape(a: TensorInfo, b: TensorInfo, file: string, blockDiagonal: boolean): PairShape {
  const [rank, n] = [a.shape[0] ?? 0, product(a.shape.slice(1))];
  const [m, inner] = [b.shape[0] ?? 0, b.shape[1] ?? 0];
  const fits = a.shape.length >= 2 && b.shape.length === a.shape.length && product(b.shape.slice(2)) === 1;
  checkPair(a, b, file, fits && (blockDiagonal || inner === rank), product([rank, n, m]));
  const shape: readonly [number, number] = [m, n];
  if (a.shape.length > 2)
    return { shape, rank, unsupported: say('A convolution: E-DIEM is defined for linear layers.') };
  return { shape, rank };
}

/** MLX: `a` n x r, `b` r x m, with a leading expert axis in mixture-of-experts layers (E x r x n, E x m x r). */
function mlxShape(a: TensorInfo, b: TensorInfo, file: string): PairShape {
  if (a.shape.length === 3) {
    const [experts = 0, rank = 0, n = 0] = a.shape;
    const [otherExperts, m = 0, inner] = b.shape;
    checkPair(
      a,
      b,
      file,
      b.shape.length === 3 && otherExperts === experts && inner === rank,
      product([experts, rank, n, m]),
    );
    return {
      shape: [m, n],
      rank,
      unsupported: say('Stacked experts (3-D): E-DIEM is defined for one linear layer.'),
    };
  }
  const [n = 0, rank = 0] = a.shape;
  const [inner, m = 0] = b.shape;
  checkPair(
    a,
    b,
    file,
    a.shape.length === 2 && b.shape.length === 2 && inner === rank,
    product([rank, n, m]),
  );
  return { shape: [m, n], rank };
}

function checkPair(a: TensorInfo, b: TensorInfo, file: string, fits: boolean, size: number): void {
  if (!fits) {
    throw broken(
      file,
      b.name,
      say(
        'Tensors {0} {1} and {2} {3} do not fit together',
        displayName(a.name),
        shapeText(a),
        displayName(b.name),
        shapeText(b),
      ),
    );
  }
  if (size === 0)
    throw broken(
      file,
      a.name,
      say('Tensor {0} {1} or its partner {2} is empty', displayName(a.name), shapeText(a), shapeText(b)),
    );
}

/** Up to here any rank is fine, whatever the layer. */
const SMALL_RANK_MAX = 256;

/**
 * `B A` has at most rank min(m, n). A somewhat higher one is no rarity where one rank is given to all layers (a router has
 * a row for each expert).
 */
function rankReason({ shape, rank }: PairShape): Message | undefined {
  const [m, n] = shape;
  if (rank > Math.max(SMALL_RANK_MAX, Math.min(m, n)))
    return say(
      'The rank {0} is larger than the layer, {1} x {2}, can use: such factors are not scored.',
      rank,
      m,
      n,
    );
  if (factorBytes(shape, rank) > FACTOR_BYTES_MAX)
    return say('To score rank {0} of a layer of {1} x {2} takes more than 2 GB of memory.', rank, m, n);
  return undefined;
}

const EMBEDDING_REASON = say('An embedding: E-DIEM is defined for linear layers.');
/** Last path parts of modules that are embeddings in every architecture seen. */
const EMBEDDING_NAMES: ReadonlySet<string> = new Set([
  'embed_tokens',
  'wte',
  'word_embeddings',
  'tok_embeddings',
  'embed_in',
]);

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
export function groupRank(group: ModuleTensors): number {
  return (group.parts.get('a') ?? group.parts.get('embeddingA'))?.shape[0] ?? 0;
}

/** A PEFT module: `lora_A`/`lora_B` of a linear or convolution layer, or `lora_embedding_A`/`_B`. */
export function peftModule(group: ModuleTensors, file: string, settings: ModuleSettings): AdapterModule {
  const has = (part: KeyPart): boolean => group.parts.has(part);
  if (has('embeddingA') || has('embeddingB')) {
    const [a, b] = requirePair(group, 'embeddingA', 'embeddingB', file);
    const stray = group.parts.get('a') ?? group.parts.get('b');
    if (stray !== undefined)
      throw broken(
        file,
        stray.name,
        say('Tensor {0} and an embedding pair claim the same module', displayName(stray.name)),
      );
    const pair = peftShape(a, b, file, false);
    return build(group, a, b, { ...pair, unsupported: EMBEDDING_REASON }, false, settings);
  }
  const [a, b] = requirePair(group, 'a', 'b', file);
  return build(group, a, b, peftShape(a, b, file, settings.blockDiagonal === true), false, settings);
}

/** An MLX module: `lora_a`/`lora_b`, stored transposed against PEFT. */
export function mlxModule(group: ModuleTensors, file: string, settings: ModuleSettings): AdapterModule {
  const [a, b] = requirePair(group, 'mlxA', 'mlxB', file);
  const pair = mlxShape(a, b, file);
  const embedding = EMBEDDING_NAMES.has(lastOfName(group.name));
  const limited = embedding ? { ...pair, unsupported: EMBEDDING_REASON } : pair;
  return build(group, a, b, limited, a.shape.length === 2, settings);
}
