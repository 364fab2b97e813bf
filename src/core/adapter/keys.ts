/** What a tensor is to the module in whose name it stands. */
export type KeyPart =
  | 'a'
  | 'b'
  | 'bBias'
  | 'embeddingA'
  | 'embeddingB'
  | 'magnitude'
  | 'baseWeight'
  | 'baseBias'
  | 'mlxA'
  | 'mlxB'
  | 'mlxMagnitude';

export interface AdapterKey {
  /** Without `base_model.model.` and wrapper prefixes. */
  readonly module: string;
  readonly part: KeyPart;
  /** PEFT's name of the adapter where it was left in the key: `lora_A.default.weight`. */
  readonly adapterName?: string;
}

/** Path parts that wrappers of torch leave in state dicts, wherever they stand. */
const WRAPPER_PARTS: ReadonlySet<string> = new Set([
  '_orig_mod',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
]);

/**
 * A tensor's path without what wrappers add: `_orig_mod` (torch.compile), `_fsdp_wrapped_module` and
 * `_checkpoint_wrapped_module` (FSDP) anywhere, `module.` (DDP) in front, then PEFT's `base_model.model.`.
 */
export function pathParts(name: string): string[] {
  const parts = name.split('.').filter((part) => !WRAPPER_PARTS.has(part));
  // Counted, not cut part by part: a hostile name repeats a prefix as often as a file can hold it.
  let start = 0;
  while (parts[start] === 'module' && start + 1 < parts.length) start++;
  while (parts[start] === 'base_model' && parts[start + 1] === 'model') start += 2;
  return start === 0 ? parts : parts.slice(start);
}

type Tail = readonly string[];

/** `[]` or `[adapterName]`, followed by `ending`; undefined when the tail is something else. */
function tailWith(tail: Tail, ending: Tail): { adapterName?: string } | undefined {
  const named = tail.length === ending.length + 1;
  if (!named && tail.length !== ending.length) return undefined;
  if (!ending.every((part, index) => tail[index + (named ? 1 : 0)] === part)) return undefined;
  const [adapterName] = tail;
  return named && adapterName !== undefined ? { adapterName } : {};
}

function bareTail(tail: Tail): { adapterName?: string } | undefined {
  return tailWith(tail, ['weight']) ?? tailWith(tail, []);
}

/** For each marker: what may follow it, and what the tensor is then. The order is that of trial. */
const MARKERS: ReadonlyMap<string, (tail: Tail) => { part: KeyPart; adapterName?: string } | undefined> =
  new Map([
    ['lora_A', (tail) => found('a', tailWith(tail, ['weight']))],
    ['lora_B', (tail) => found('b', tailWith(tail, ['weight'])) ?? found('bBias', tailWith(tail, ['bias']))],
    ['lora_embedding_A', (tail) => found('embeddingA', tailWith(tail, []))],
    ['lora_embedding_B', (tail) => found('embeddingB', tailWith(tail, []))],
    ['lora_magnitude_vector', (tail) => found('magnitude', bareTail(tail))],
    ['base_layer', (tail) => exact(tail, 'weight', 'baseWeight') ?? exact(tail, 'bias', 'baseBias')],
    ['lora_a', (tail) => found('mlxA', tail.length === 0 ? {} : undefined)],
    ['lora_b', (tail) => found('mlxB', tail.length === 0 ? {} : undefined)],
    ['m', (tail) => found('mlxMagnitude', tail.length === 0 ? {} : undefined)],
  ]);

function found(
  part: KeyPart,
  tail: { adapterName?: string } | undefined,
): { part: KeyPart; adapterName?: string } | undefined {
  return tail === undefined ? undefined : { part, ...tail };
}

function exact(tail: Tail, ending: string, part: KeyPart): { part: KeyPart } | undefined {
  return tail.length === 1 && tail[0] === ending ? { part } : undefined;
}

/** The longest tail of any marker: `<adapter name>.weight`. */
const TAIL_MAX = 2;

/**
 * What a tensor name says: the module, and which of its tensors this is. Undefined for a name that holds no LoRA part
 * (a head in modules_to_save, a bias, …). Grammar: PEFT `<module>.lora_A[.<adapter>].weight` and its siblings,
 * MLX `<module>.lora_a`.
 */
export function parseAdapterKey(name: string): AdapterKey | undefined {
  const parts = pathParts(name);
  for (let length = 0; length <= TAIL_MAX; length++) {
    const at = parts.length - 1 - length;
    const marker = at > 0 ? parts[at] : undefined;
    const read = marker === undefined ? undefined : MARKERS.get(marker)?.(parts.slice(at + 1));
    if (read !== undefined) {
      const module = parts.slice(0, at).join('.');
      return module === '' ? undefined : { module, ...read };
    }
  }
  return undefined;
}
