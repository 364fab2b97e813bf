import type { Adapter, AdapterModule } from '../../adapter/types';
import { HEAD_NAMES } from '../../adapter/names';
import { nameMismatch, otherShapes } from '../../check/model';
import type { Checkpoint } from '../../checkpoint/types';
import { badRequest, type SploraError } from '../../errors';
import { lastOfName } from '../../lastPart';
import { say } from '../../message';
import { METADATA_KEY } from '../../provenance';
import { displayName } from '../../safetensors/displayName';
import { isArithmeticDtype } from '../../safetensors/dtype';
import { readElements, writeElements } from '../../safetensors/elements';
import { mostFrequent, refused, refuseOtherThanPairs, writtenFactors, type WrittenTensor } from '../factors';
import type { ExportInput, ExportPlan } from '../types';
import { ARCHITECTURES, ggufName, type Architecture } from './architectures';
import { planGgufFile, type GgufTensor, type GgufValue } from './file';

const TITLE = 'llama.cpp';
/** `LlamaFileType.ALL_F32` */
const ALL_F32 = 0;
/** `GGML_QUANT_VERSION` */
const QUANTIZATION_VERSION = 2;

/**
 * A LoRA file of llama.cpp (`src/llama-adapter.cpp: llama_adapter_lora_init_impl`), float32, which every backend takes. Its
 * server computes `alpha / rank`, by the rank of each module, with one alpha: other scales go into `lora_B`. So rsLoRA and
 * alpha patterns are right, which `convert_lora_to_gguf.py` drops.
 * @throws SploraError `bad-request` without a model, and for classes that are not in the table; `unsupported-adapter` for
 * modules that llama.cpp has no tensor for
 */
export function planGguf(input: ExportInput): ExportPlan {
  const { adapter, model, metadata } = input;
  if (model === undefined) throw needsModel(adapter);
  const architecture = architectureOf(adapter, model);
  refuseOtherThanPairs(adapter, TITLE);
  refuseOtherModel(adapter, model);
  // 0 would mean "none" to llama.cpp.
  const alpha = mostFrequent(adapter.modules.map(({ scale, rank }) => Math.fround(scale * rank)));
  const tensors = adapter.modules.flatMap((module) =>
    tensorsOf({ adapter, model, architecture, factor: (module.scale * module.rank) / alpha }, module),
  );
  const values: [string, GgufValue][] = [
    ['general.architecture', { kind: 'string', value: architecture.id }],
    ['general.type', { kind: 'string', value: 'adapter' }],
    ['general.file_type', { kind: 'u32', value: ALL_F32 }],
    ['general.quantization_version', { kind: 'u32', value: QUANTIZATION_VERSION }],
    ['adapter.type', { kind: 'string', value: 'lora' }],
    ['adapter.lora.alpha', { kind: 'f32', value: alpha }],
  ];
  const record = (metadata ?? adapter.header.metadata).get(METADATA_KEY);
  if (record !== undefined) values.push([METADATA_KEY, { kind: 'string', value: record }]);
  const weights = planGgufFile(new Map(values), tensors);
  return { weightsName: 'adapter.gguf', weights, modules: adapter.modules.length, notes: [] };
}

const needsModel = ({ weightsFile }: Adapter): SploraError =>
  badRequest(
    say('A GGUF file depends on the model: its architecture and its heads'),
    say('Specify the model that the adapter was trained on.'),
    weightsFile,
  );

function architectureOf({ weightsFile }: Adapter, { architectures = [], path }: Checkpoint): Architecture {
  const architecture = architectures.map((name) => ARCHITECTURES.get(name)).find((one) => one !== undefined);
  if (architecture !== undefined) return architecture;
  const [name] = architectures;
  if (name === undefined)
    throw badRequest(
      say('The config.json of the model names no class'),
      say('Specify the folder of the model, with its config.json.'),
      path,
    );
  throw badRequest(
    say('Models of class {0} are not supported for GGUF', displayName(name)),
    say('Supported: {0}.', [...ARCHITECTURES.keys()].join(', ')),
    weightsFile,
  );
}

/** llama.cpp stops at tensors that the model lacks or that do not fit, with the file written already. */
function refuseOtherModel(adapter: Adapter, model: Checkpoint): void {
  const shapes = otherShapes({ adapter, model });
  if (shapes !== undefined) throw refused(say('Size mismatch: {0}', ...shapes), adapter.weightsFile);
  for (const module of adapter.modules) {
    const isTied = model.tiedEmbeddings && HEAD_NAMES.has(lastOfName(module.name));
    const reason = isTied
      ? say('the head is tied to the embeddings, so llama.cpp has no tensor for it.')
      : nameMismatch(module, { adapter, model });
    if (reason === undefined) continue;
    throw refused(
      say('Module {0} cannot be written for {1}: {2}', displayName(module.name), TITLE, reason),
      adapter.weightsFile,
    );
  }
}

interface ModuleInput {
  readonly adapter: Adapter;
  readonly model: Checkpoint;
  readonly architecture: Architecture;
  /** What `lora_B` is multiplied by. */
  readonly factor: number;
}

function tensorsOf(
  { adapter, model, architecture, factor }: ModuleInput,
  module: AdapterModule,
): readonly GgufTensor[] {
  const { name, rank, shape } = module;
  const [m, n] = shape;
  const stem = ggufName(architecture, name);
  if (stem === undefined)
    throw refused(say('The name of module {0} in GGUF is not known', displayName(name)), adapter.weightsFile);
  const names = [`${stem}.weight.lora_a`, `${stem}.weight.lora_b`] as const;
  const [a, b] = writtenFactors(adapter, module, names, { transposed: false, rank, factor: 1 });
  const heads = architecture.isPermuted ? headsOf(name, model) : undefined;
  const order = heads === undefined ? undefined : rotatedRows(adapter, module, heads);
  return [float32(adapter, a, [rank, n]), float32(adapter, b, [m, rank], factor, order)];
}

/** Of a projection whose rows are rotated; undefined: it is another module. */
function headsOf(module: string, { heads, keyValueHeads }: Checkpoint): number | undefined {
  const last = lastOfName(module);
  if (last !== 'q_proj' && last !== 'k_proj') return undefined;
  return last === 'q_proj' ? (heads ?? 0) : (keyValueHeads ?? heads ?? 0);
}

/** By row of the result: the row of the adapter. Row `half + i` of a head comes behind row `i`. */
function rotatedRows({ weightsFile }: Adapter, { name, shape }: AdapterModule, heads: number): Uint32Array {
  const [rows] = shape;
  if (heads < 1 || rows % (2 * heads) !== 0)
    throw badRequest(
      say('The rows of {0} are no whole number of heads', displayName(name)),
      say('Check num_attention_heads and num_key_value_heads in the config.json of the model.'),
      weightsFile,
    );
  const size = rows / heads;
  return Uint32Array.from({ length: rows }, (_, row) => {
    const inside = row % size;
    return row - inside + (inside % 2) * (size / 2) + Math.floor(inside / 2);
  });
}

function float32(
  { weightsFile }: Adapter,
  { name, from, fate }: WrittenTensor,
  shape: GgufTensor['shape'],
  factor = 1,
  order?: Uint32Array,
): GgufTensor {
  const { dtype } = from;
  const transform = typeof fate === 'object' ? fate.transform : (bytes: Uint8Array) => bytes;
  if (!isArithmeticDtype(dtype))
    throw refused(
      say('Tensor {0} is {1}, which cannot be converted to F32', displayName(from.name), dtype),
      weightsFile,
    );
  return {
    ...{ name, shape, offset: from.offset, sourceLength: from.byteLength },
    transform: (bytes) => {
      const values = readElements(transform(bytes), dtype).map((value) => value * factor);
      const made = writeElements(order === undefined ? values : inOrder(values, order), 'F32');
      if (made !== undefined) return made;
      throw refused(say('Tensor {0} has values that F32 cannot hold', displayName(from.name)), weightsFile);
    },
  };
}

function inOrder(values: Float64Array<ArrayBuffer>, order: Uint32Array): Float64Array {
  const columns = values.length / order.length;
  const out = new Float64Array(values.length);
  order.forEach((from, to) => {
    out.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  });
  return out;
}
