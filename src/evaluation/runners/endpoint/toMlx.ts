import { displayName } from '../../../core/safetensors/displayName';
import { SploraError } from '../../../core/errors';
import { say, type Message } from '../../../core/message';
import type { Adapter, AdapterModule } from '../../../core/adapter/types';
import { DTYPE_BITS, isArithmeticDtype } from '../../../core/safetensors/dtype';
import { scaleElements } from '../../../core/safetensors/elements';
import { planWrite, type TensorFate, type WritePlan } from '../../../core/safetensors/writePlan';
import type { TensorInfo } from '../../../core/safetensors/types';

/** Where a module is in its block: mlx-lm's `keys` name it so, for all blocks at once. */
const IN_BLOCK = /\.(?:layers|h)\.\d+\.(.+)$/;

/**
 * A PEFT adapter as mlx-lm loads one: `lora_a` (in x r) and `lora_b` (r x out), one rank and one scale for all modules, so
 * smaller ranks get zeros and other scales go into `lora_b`. A module that is left out gets an update of zero there.
 * @throws SploraError 'unsupported-adapter' for what mlx-lm has no place for
 */
export function toMlx(
  adapter: Adapter,
  scale: number,
  model: string,
): { readonly config: object; readonly plan: WritePlan } {
  const { modules, replacements, carried, weightsFile } = adapter;
  const refuse = (message: Message, tensor?: string) => unsupported(message, weightsFile, tensor);
  const [other] = [...replacements.map(({ tensor }) => tensor), ...carried.map(({ tensor }) => tensor)];
  if (other !== undefined) throw refuse(say('mlx-lm cannot load this tensor'), other.name);
  const odd = modules.flatMap(({ a, b }) => [a, b]).find(({ dtype }) => !isArithmeticDtype(dtype));
  if (odd !== undefined) throw refuse(say('mlx-lm does not support {0}', odd.dtype), odd.name);
  const limited = modules.find(({ unsupported: reason }) => reason !== undefined);
  if (limited?.unsupported !== undefined) throw refuse(limited.unsupported, limited.a.name);
  const rank = modules.reduce((most, module) => Math.max(most, module.rank), 0);
  const common = modules[0]?.scale ?? 1;
  const tensors = new Map<string, TensorInfo>();
  const fates = new Map<string, TensorFate>();
  const keys = new Set<string>();
  for (const module of modules) {
    const key = IN_BLOCK.exec(module.name)?.[1];
    if (key === undefined)
      throw refuse(
        say('mlx-lm adapts only modules inside blocks, not {0}', displayName(module.name)),
        module.a.name,
      );
    keys.add(key);
    for (const [name, info, fate] of converted(module, rank, common, refuse)) {
      tensors.set(name, { ...info, name });
      fates.set(name, fate);
    }
  }
  const lora = { rank, scale: common * scale, dropout: 0, keys: [...keys].sort() };
  return {
    config: { fine_tune_type: 'lora', model, num_layers: -1, lora_parameters: lora },
    plan: planWrite({ ...adapter.header, tensors }, (name) => fates.get(name) ?? 'drop', new Map()),
  };
}

type Refuse = (message: Message, tensor?: string) => Error;

function converted(
  { name, a, b, rank: own, shape: [out, into], scale }: AdapterModule,
  rank: number,
  common: number,
  refuse: Refuse,
): readonly (readonly [string, TensorInfo, TensorFate])[] {
  const factor = scale / common;
  const scaled = (bytes: Uint8Array): Uint8Array => {
    if (factor === 1) return bytes;
    const found = isArithmeticDtype(b.dtype) ? scaleElements(bytes, b.dtype, factor) : undefined;
    if (found === undefined)
      throw refuse(say('The scales of the modules differ, and {0} cannot hold the product', b.dtype), b.name);
    return found;
  };
  const size = DTYPE_BITS[a.dtype] / 8;
  const sizeB = DTYPE_BITS[b.dtype] / 8;
  return [
    [
      `${name}.lora_a`,
      a,
      { shape: [into, rank], transform: (bytes) => transposed(bytes, [own, into], [into, rank], size) },
    ],
    [
      `${name}.lora_b`,
      b,
      { shape: [rank, out], transform: (bytes) => transposed(scaled(bytes), [out, own], [rank, out], sizeB) },
    ],
  ];
}

/** Elements of a rows x columns matrix in the transposed places of a larger one of zeros. */
function transposed(
  bytes: Uint8Array,
  [rows, columns]: readonly [number, number],
  [outRows, outColumns]: readonly [number, number],
  size: number,
): Uint8Array {
  const out = new Uint8Array(outRows * outColumns * size);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * size;
      const to = (column * outColumns + row) * size;
      for (let byte = 0; byte < size; byte++) out[to + byte] = bytes[from + byte] ?? 0;
    }
  }
  return out;
}

const unsupported = (message: Message, file: string, tensor?: string) =>
  new SploraError({
    code: 'unsupported-adapter',
    message,
    file,
    ...(tensor === undefined ? {} : { tensor }),
    advice: say('Use another server for this adapter.'),
  });
