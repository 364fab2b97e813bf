import { tensorsOf } from '../adapter/keys';
import { EMBEDDING_NAMES } from '../adapter/names';
import type { Adapter, AdapterModule } from '../adapter/types';
import { isEmbedding } from '../check/facts';
import { badRequest, failure, type SploraError } from '../errors';
import { lastOfName } from '../lastPart';
import { say, type Message } from '../message';
import { displayName } from '../safetensors/displayName';
import { DTYPE_BITS, isArithmeticDtype } from '../safetensors/dtype';
import { padAxis, scaleElements } from '../safetensors/elements';
import type { TensorInfo } from '../safetensors/types';
import type { TensorFate } from '../safetensors/writePlan';

/** A tensor of the written file: which one it is made from, and how. */
export interface WrittenTensor {
  readonly name: string;
  readonly from: TensorInfo;
  readonly fate: TensorFate;
}

/** How a format stores the factors of a module. */
export interface FactorLayout {
  /** `lora_A` as n x r and `lora_B` as r x m, as mlx-lm has them. */
  readonly transposed: boolean;
  /** Smaller ranks get zeros. */
  readonly rank: number;
  /** What `lora_B` is multiplied by, in its own dtype. */
  readonly factor: number;
}

const ADVICE = say('Save the adapter in F32 first.');

/**
 * Both factors of a module in another layout; those that are in it already are copied byte for byte.
 * @param names of A and B in the written file
 * @throws SploraError `bad-request` for a dtype without arithmetic; when the bytes are made, if a product does not fit
 */
export function writtenFactors(
  { weightsFile }: Adapter,
  module: AdapterModule,
  names: readonly [a: string, b: string],
  layout: FactorLayout,
): readonly [WrittenTensor, WrittenTensor] {
  const { a, b } = module;
  const scaled = scaler(b, layout.factor, weightsFile);
  return [
    { name: names[0], from: a, fate: arranged(a, { isA: true, module, layout }) },
    { name: names[1], from: b, fate: arranged(b, { isA: false, module, layout, scaled }) },
  ];
}

type Bytes = ((bytes: Uint8Array) => Uint8Array) | undefined;

interface Arrangement {
  readonly isA: boolean;
  readonly module: AdapterModule;
  readonly layout: FactorLayout;
  readonly scaled?: Bytes;
}

function arranged(
  { shape, dtype }: TensorInfo,
  { isA, module, layout: { transposed, rank }, scaled }: Arrangement,
): TensorFate {
  const isTurned = module.transposed !== transposed;
  // A is r x n and B is m x r, unless they are transposed.
  const axis = isA === transposed ? 1 : 0;
  const turned = isTurned ? shape.toReversed() : shape;
  const isPadded = turned[axis] !== rank;
  if (!isTurned && !isPadded && scaled === undefined) return 'copy';
  const turn = isTurned ? (bytes: Uint8Array) => transpose(bytes, shape, DTYPE_BITS[dtype] / 8) : undefined;
  const pad = isPadded ? (bytes: Uint8Array) => padAxis(bytes, turned, axis, rank) : undefined;
  return {
    shape: turned.with(axis, rank),
    transform: (bytes) => [scaled, turn, pad].reduce((made, step) => step?.(made) ?? made, bytes),
  };
}

function scaler({ name, dtype }: TensorInfo, factor: number, file: string): Bytes {
  if (factor === 1) return undefined;
  const refuse = (message: Message): SploraError => badRequest(message, ADVICE, file);
  if (!isArithmeticDtype(dtype))
    throw refuse(say('Tensor {0} is {1}, which cannot be scaled', displayName(name), dtype));
  return (bytes) => {
    const scaled = scaleElements(bytes, dtype, factor);
    if (scaled !== undefined) return scaled;
    throw refuse(say('Tensor {0} times {1} does not fit its dtype {2}', displayName(name), factor, dtype));
  };
}

/** A row-major matrix with its rows as columns. @param size bytes of an element */
function transpose(bytes: Uint8Array, [rows = 0, columns = 0]: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * size;
      const to = (column * rows + row) * size;
      for (let byte = 0; byte < size; byte++) out[to + byte] = bytes[from + byte] ?? 0;
    }
  }
  return out;
}

/** The scale or alpha that most modules have, which are written without rounding; 1 where all are 0 or infinite. */
export function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values)
    if (value !== 0 && Number.isFinite(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = 1;
  let most = 0;
  for (const [value, count] of counts) if (count > most) [best, most] = [value, count];
  return best;
}

/**
 * What other formats have no place for: whole weights, biases, DoRA, and all that is not `B A` of a linear layer.
 * @throws SploraError `unsupported-adapter`
 */
export function refuseOtherThanPairs(adapter: Adapter, title: string): void {
  const { modules, replacements, carried, weightsFile } = adapter;
  const whole = replacements[0]?.tensor ?? carried[0]?.tensor;
  const bias = modules.map((module) => tensorsOf(module, 'bBias')[0]).find((tensor) => tensor !== undefined);
  const tensor = whole ?? bias;
  if (tensor !== undefined)
    throw refused(
      say(
        'Tensor {0} cannot be written for {1}: it is no factor of a LoRA pair',
        displayName(tensor.name),
        title,
      ),
      weightsFile,
    );
  for (const module of modules) {
    const reason = reasonAgainst(module);
    if (reason === undefined) continue;
    throw refused(
      say('Module {0} cannot be written for {1}: {2}', displayName(module.name), title, reason),
      weightsFile,
    );
  }
}

function reasonAgainst(module: AdapterModule): Message | undefined {
  if (isEmbedding(module) || EMBEDDING_NAMES.includes(lastOfName(module.name)))
    return say('it is an embedding.');
  if (module.a.shape.length !== 2) return say('its factors are no matrices.');
  return module.unsupported;
}

/** The loader has no place for something in the adapter. */
export const refused = (message: Message, file: string): SploraError =>
  failure(
    'unsupported-adapter',
    message,
    file,
    say('Choose another loader, or merge the adapter into its model.'),
  );
