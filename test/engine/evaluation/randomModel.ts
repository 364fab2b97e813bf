import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chat } from '../../../src/evaluation/chat/chat';
import { allSites, type Decoder } from '../../../src/evaluation/runners/onnx/decoder';
import { readDecoder } from '../../../src/evaluation/runners/onnx/families';
import { ConfigReader } from '../../../src/evaluation/runners/onnx/families/config';
import { decoderModel } from '../../../src/evaluation/runners/onnx/graph';
import { f32, safetensorsBytes, type TestTensor } from '../../support/safetensorsBytes';

const RANK = 2;

export interface RandomModel {
  readonly model: string;
  readonly adapter: string;
  readonly decoder: Decoder;
}

/** How weights are rounded and stored. */
export interface Precision {
  readonly dtype: 'BF16' | 'F16';
  /** The rounded numbers, but as float32. */
  readonly widened: boolean;
}

/** A model of a config.json with random weights, and adapters of the linear layers that are wanted. */
export async function randomModel(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  wanted: (linear: string) => boolean = () => true,
  precision?: Precision,
): Promise<RandomModel> {
  const model = join(folder, 'model');
  const file = join(model, 'config.json');
  const decoder = readDecoder(new ConfigReader(file, config), config['tie_word_embeddings'] !== true);
  const random = numbers(1);
  await mkdir(model, { recursive: true });
  await writeFile(file, JSON.stringify(config));
  await writeFile(join(model, 'model.safetensors'), safetensorsBytes(weightsOf(decoder, random, precision)));
  const adapter = join(folder, 'adapter');
  await writeAdapter(adapter, decoder, wanted, random);
  return { model, adapter, decoder };
}

/** An adapter of the same layers with other numbers. */
export async function writeAdapter(
  folder: string,
  decoder: Decoder,
  wanted: (linear: string) => boolean,
  random: () => number = numbers(2),
): Promise<void> {
  const linears = allSites(decoder).flat();
  const factor = (name: string, shape: readonly [number, number]): TestTensor => ({
    ...{ name, shape },
    data: f32(...Array.from({ length: shape[0] * shape[1] }, () => 0.3 * random())),
  });
  // Numbers are drawn for all, so that a layer's do not depend on which others are wanted.
  const modules = linears.map(({ name, inputs, outputs }) => ({
    name,
    tensors: [
      factor(`base_model.model.${name}.lora_A.weight`, [RANK, inputs]),
      factor(`base_model.model.${name}.lora_B.weight`, [outputs, RANK]),
    ],
  }));
  const own = modules.filter(({ name }) => wanted(name));
  const tensors = own.flatMap((module) => module.tensors);
  const target_modules = [...new Set(own.map(({ name }) => name.split('.').at(-1)))];
  const config = { peft_type: 'LORA', r: RANK, lora_alpha: 2 * RANK, target_modules };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'adapter_config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'adapter_model.safetensors'), safetensorsBytes(tensors));
}

/** Each weight that the graph asks for: matrices around 0, vectors around 1 or 0. */
function weightsOf(decoder: Decoder, random: () => number, precision: Precision | undefined): TestTensor[] {
  const shapes = new Map<string, readonly number[]>();
  decoderModel(decoder, (name, shape) => {
    shapes.set(name, shape);
    return { type: 'float', shape, location: 'none', offset: 0, length: 0 };
  });
  return [...shapes].map(([name, shape]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const center = shape.length === 1 && name.endsWith('weight') ? 1 : 0;
    const data = Float32Array.from({ length }, () => center + 0.3 * random());
    return { name, shape, ...stored(data, precision) };
  });
}

function stored(data: Float32Array, precision: Precision | undefined): Pick<TestTensor, 'dtype' | 'data'> {
  if (precision === undefined) return { data: new Uint8Array(data.buffer) };
  const { dtype, widened } = precision;
  const lost = dtype === 'BF16' ? 16 : 13;
  // Below the smallest normal number of float16.
  const cut = data.map((value) => (dtype === 'F16' && Math.abs(value) < 2 ** -14 ? 0 : value));
  const bits = new Uint32Array(cut.buffer).map((each) => (each >>> lost) << lost);
  if (widened) return { data: new Uint8Array(bits.buffer) };
  return { dtype, data: new Uint8Array(Uint16Array.from(bits, dtype === 'BF16' ? upper : half).buffer) };
}

const upper = (bits: number): number => bits >>> 16;

/** Of a normal number or 0: the exponent counts from 15 instead of 127. */
const half = (bits: number): number =>
  ((bits >>> 16) & 0x8000) | (bits << 1 === 0 ? 0 : ((bits >>> 13) & 0x3ffff) - (112 << 10));

/** Between -1 and 1, the same in each run. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  };
}

const read = (text: string): number[] => text.split(' ').map(Number);

/** Texts are lists of ids. */
export const idsAsText = (size: number): Chat => ({
  tokenizer: {
    ...{ record: { file: 'tokenizer.json', sha256: '' }, notes: [], size },
    ...{ endTokens: new Set([2]), padToken: 0, specialTokens: new Map(), encode: read },
    decode: (list) => list.join(' '),
  },
  records: { tokenizer: { file: 'tokenizer.json', sha256: '' } },
  notes: [],
  prompt: ([message]) => read(message?.content ?? ''),
  answer: (_messages, text) => read(text),
});
