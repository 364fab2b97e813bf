import type { TensorInfo } from '../safetensors/types';

/** What a tensor is to its module. */
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

/** Path parts that wrappers of torch leave in state dicts, at any position. */
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

interface Ending {
  readonly part: KeyPart;
  /** What ends the name behind the marker; absent: nothing. */
  readonly last?: 'weight' | 'bias';
  /** PEFT may leave the name of the adapter behind the marker: `lora_A.default.weight`. */
  readonly named?: true;
}

/** By the part of a name that marks the end of the module's: what may follow, in the order of trial. */
const MARKERS: ReadonlyMap<string, readonly Ending[]> = new Map([
  ['lora_A', [{ part: 'a', last: 'weight', named: true }]],
  [
    'lora_B',
    [
      { part: 'b', last: 'weight', named: true },
      { part: 'bBias', last: 'bias', named: true },
    ],
  ],
  ['lora_embedding_A', [{ part: 'embeddingA', named: true }]],
  ['lora_embedding_B', [{ part: 'embeddingB', named: true }]],
  [
    'lora_magnitude_vector',
    [
      { part: 'magnitude', last: 'weight', named: true },
      { part: 'magnitude', named: true },
    ],
  ],
  [
    'base_layer',
    [
      { part: 'baseWeight', last: 'weight' },
      { part: 'baseBias', last: 'bias' },
    ],
  ],
  ['lora_a', [{ part: 'mlxA' }]],
  ['lora_b', [{ part: 'mlxB' }]],
  ['m', [{ part: 'mlxMagnitude' }]],
]);

const PLAIN = 'base_model.model.';
const A_END = '.lora_A.weight';
const B_END = '.lora_B.weight';

/** Whether a name is `base_model.model.<module>.lora_A.weight`, or that of a `lora_B`: what nearly all are. */
export const isPlainFactor = (name: string): boolean =>
  name.startsWith(PLAIN) && (name.endsWith(A_END) || name.endsWith(B_END));

/** What `parseAdapterKey` says of such a name, without taking it apart; undefined: it has to be taken apart. */
function plainFactor(name: string): { readonly module: string; readonly part: KeyPart } | undefined {
  if (!isPlainFactor(name) || name.includes('_module') || name.includes('_orig_mod')) return undefined;
  const module = name.slice(PLAIN.length, -A_END.length);
  if (module === '' || module.startsWith('module.') || module.startsWith('base_model')) return undefined;
  return { module, part: name.endsWith(A_END) ? 'a' : 'b' };
}

/** Of parts behind a marker: `<adapter name>.weight`. */
const TAIL_MAX = 2;

/**
 * What a tensor name says: the module (without `base_model.model.` and wrapper prefixes), which of its tensors this is,
 * and PEFT's name of the adapter where it was left in the key. Undefined for a name that holds no LoRA part (a head in
 * modules_to_save, a bias, …). Grammar: PEFT `<module>.lora_A[.<adapter>].weight` and its siblings, MLX `<module>.lora_a`.
 */
export function parseAdapterKey(
  name: string,
): { readonly module: string; readonly part: KeyPart; readonly adapterName?: string } | undefined {
  const plain = plainFactor(name);
  if (plain !== undefined) return plain;
  const parts = pathParts(name);
  for (let length = 0; length <= TAIL_MAX; length++) {
    const at = parts.length - 1 - length;
    const marker = at > 0 ? parts[at] : undefined;
    if (marker === undefined) continue;
    for (const { part, last, named } of MARKERS.get(marker) ?? []) {
      const before = last === undefined ? length : length - 1;
      if (before > (named === true ? 1 : 0) || before < 0) continue;
      if (last !== undefined && parts[parts.length - 1] !== last) continue;
      const module = parts.slice(0, at).join('.');
      if (module === '') return undefined;
      const adapterName = before === 1 ? parts[at + 1] : undefined;
      return { module, part, ...(adapterName === undefined ? {} : { adapterName }) };
    }
  }
  return undefined;
}

/** Those of a module's tensors that are one of `parts`. */
export function tensorsOf(
  { tensors }: { readonly tensors: readonly TensorInfo[] },
  ...parts: readonly KeyPart[]
): readonly TensorInfo[] {
  return tensors.filter(({ name }) => {
    const part = parseAdapterKey(name)?.part;
    return part !== undefined && parts.includes(part);
  });
}
