import type { Adapter, AdapterModule } from '../adapter/types';
import { locateWeight } from '../checkpoint/locate';
import type { Checkpoint, CheckpointTensor } from '../checkpoint/types';
import type { DtypeName } from '../safetensors/dtype';
import { unquotedName } from '../safetensors/displayName';
import { BACKBONE_PREFIXES } from './modelPrefixes';
import type { CheckInput, LoadFinding } from './types';
import { say, type Message } from '../message';

/** Weights as they are trained; quantised ones are packed in shapes of their own. */
const PLAIN_DTYPES: ReadonlySet<DtypeName> = new Set<DtypeName>(['F64', 'F32', 'F16', 'BF16']);
/** Modules of one finding that are told with their shapes. */
const SHOWN = 3;

/**
 * The weight that a module of the adapter adapts by its name, though its shape is another; undefined: it fits, there is
 * none, or shapes cannot be compared (convolutions, stacked experts, quantised weights, factors that are no plain pair).
 */
export function otherShape(
  module: AdapterModule,
  adapter: Adapter,
  model: Checkpoint,
): readonly number[] | undefined {
  const { config } = adapter;
  if (module.a.shape.length !== 2 || config['use_qalora'] === true) return undefined;
  const blocks = config['use_bdlora'];
  if (blocks !== undefined && blocks !== null && blocks !== false) return undefined;
  const tensors = ownTensors(`${module.name}.weight`, model);
  const [first] = tensors;
  if (first === undefined || tensors.some((tensor) => fits(tensor, module))) return undefined;
  if ('found' in locateWeight(model, module, adapter.fanInFanOut)) return undefined; // Conv1D, which stores n x m
  return first.info.shape;
}

/** The tensor of that very name, else those with or without the backbone's prefix. */
function ownTensors(wanted: string, { tensors }: Checkpoint): CheckpointTensor[] {
  const exact = tensors.get(wanted);
  if (exact !== undefined) return [exact];
  return [...BACKBONE_PREFIXES].flatMap((prefix) => {
    const bare = wanted.startsWith(prefix) ? tensors.get(wanted.slice(prefix.length)) : undefined;
    return [tensors.get(`${prefix}${wanted}`), bare].filter((tensor) => tensor !== undefined);
  });
}

function fits({ info }: CheckpointTensor, module: AdapterModule): boolean {
  const [rows, columns] = info.shape;
  if (info.shape.length !== 2 || !PLAIN_DTYPES.has(info.dtype)) return true;
  const [m, n] = module.shape;
  if (rows === m && columns === n) return true;
  // Embeddings are V x d, their update is d x V.
  return module.a.name.includes('lora_embedding_A') && rows === n && columns === m;
}

/** An error for every loader: the layers that it makes have the model's shapes, and the tensors have others. */
export function shapeFindings({ adapter, model }: CheckInput, what: Message): LoadFinding[] {
  if (model === undefined) return [];
  const others = adapter.modules.flatMap((module) => {
    const shape = otherShape(module, adapter, model);
    return shape === undefined ? [] : [{ module, shape }];
  });
  const all = others
    .slice(0, SHOWN)
    .reduceRight<Message | undefined>((rest, other) => told(other, rest), undefined);
  if (all === undefined) return [];
  const list = others.length > SHOWN ? say('{0} (and {1} more)', all, others.length - SHOWN) : all;
  const message = say('Size mismatch: {0}: {1}. Choose the model that it was trained on.', list, what);
  return [{ severity: 'error', message }];
}

interface OtherShape {
  readonly module: AdapterModule;
  readonly shape: readonly number[];
}

/** @param rest what comes after it in the list, if anything */
function told({ module, shape }: OtherShape, rest: Message | undefined): Message {
  const values = [unquotedName(module.name), `[${module.shape.join(', ')}]`, `[${shape.join(', ')}]`];
  return rest === undefined
    ? say('"{0}" is {1} in the adapter and {2} in the model', ...values)
    : say('"{0}" is {1} in the adapter and {2} in the model, {3}', ...values, rest);
}
