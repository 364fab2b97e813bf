import { HEAD_NAMES } from '../adapter/names';
import type { Adapter, AdapterModule } from '../adapter/types';
import { locateWeight } from '../checkpoint/locate';
import type { Checkpoint, CheckpointTensor } from '../checkpoint/types';
import { lastOfName } from '../lastPart';
import { say, type Message } from '../message';
import { displayName, shapeText, unquotedName } from '../safetensors/displayName';
import { isArithmeticDtype } from '../safetensors/dtype';
import { isEmbedding, isMissing } from './facts';
import type { NamedInput, ModuleRule } from './types';

/** `base_model_prefix` of transformers' classes with a head. */
export const BACKBONE_PREFIXES: ReadonlySet<string> = new Set([
  'model.',
  'transformer.',
  'gpt_neox.',
  'bert.',
  'roberta.',
  'deberta.',
  'distilbert.',
]);

/** What a layer's weight is called, quantized or not. */
const WEIGHTS = ['weight', 'qweight', 'weight_packed'] as const;

const weights = new WeakMap<Checkpoint, ReadonlyMap<string, CheckpointTensor>>();

/** The tensor `<name>.weight`; asked for by several rules, for each of thousands of modules. */
function weightOf(model: Checkpoint, name: string): CheckpointTensor | undefined {
  const known = weights.get(model) ?? weightsByLayer(model);
  weights.set(model, known);
  return known.get(name);
}

function weightsByLayer({ tensors }: Checkpoint): ReadonlyMap<string, CheckpointTensor> {
  const found = new Map<string, CheckpointTensor>();
  for (const [name, tensor] of tensors)
    if (name.endsWith('.weight')) found.set(name.slice(0, -'.weight'.length), tensor);
  return found;
}

/** Whether the model has a layer of that name. */
export const hasLayer = (model: Checkpoint, name: string): boolean =>
  weightOf(model, name) !== undefined || WEIGHTS.some((weight) => model.tensors.has(`${name}.${weight}`));

type Layer = readonly [name: string, axes: number];

const layers = new WeakMap<Checkpoint, readonly Layer[]>();

/** Names of the model's layers, with the axes of their weights. */
export function layersOf(model: Checkpoint | undefined): readonly Layer[] {
  if (model === undefined) return [];
  const made = layers.get(model) ?? findLayers(model);
  layers.set(model, made);
  return made;
}

function findLayers({ tensors }: Checkpoint): readonly Layer[] {
  const found: Layer[] = [];
  for (const [tensor, { info }] of tensors) {
    const weight = WEIGHTS.find((ending) => tensor.endsWith(`.${ending}`));
    if (weight !== undefined) found.push([tensor.slice(0, -weight.length - 1), info.shape.length]);
  }
  return found;
}

const sameName = (name: string): string => name;

/** Modules that one finding lists with their shapes. */
const SHOWN = 3;

/**
 * Why the model has no module of this name; undefined: it has. Classes that are not in the table of names are taken to
 * name modules as the checkpoint does, except for the backbone's prefix, which hub files may omit.
 */
export function nameMismatch(
  given: AdapterModule,
  { adapter, model, rename = sameName }: NamedInput,
): Message | undefined {
  const name = rename(given.name);
  if (model === undefined || hasLayer(model, name)) return undefined;
  const module = { ...given, name };
  const wanted = `${name}.weight`;
  // The name exists; the wrong shape is an error of its own.
  if (otherShape(module, adapter, model) !== undefined) return undefined;
  const located = locateWeight(model, module, adapter.fanInFanOut);
  if ('missing' in located) return located.missing;
  // Loaders split or stack experts as their classes need them.
  if (located.found.isStacked === true) return undefined;
  const found = located.found.weight.info.name;
  const prefix = wanted.endsWith(found) ? wanted.slice(0, -found.length) : undefined;
  if (prefix !== undefined && BACKBONE_PREFIXES.has(prefix)) return undefined;
  // A tied head is stored under the embedding's name.
  if (HEAD_NAMES.has(lastOfName(module.name))) return undefined;
  return say('Prefix mismatch: the model calls it {0}.', displayName(found.replace(/\.weight$/, '')));
}

export const NAME_MISMATCH: Omit<ModuleRule, 'source'> = {
  kind: 'silent',
  reason: (input) => (module) => nameMismatch(module, input),
};

/** The shape that the module's weight has in the model, if it is another one. */
export const shapeInModel = (
  module: AdapterModule,
  { adapter, model, rename = sameName }: NamedInput,
): readonly number[] | undefined => {
  if (model === undefined) return undefined;
  const name = rename(module.name);
  const tensor = weightOf(model, name);
  return tensor !== undefined && fits(tensor, module)
    ? undefined
    : otherShape({ ...module, name }, adapter, model);
};

/**
 * Modules whose weight in the model has another shape, as values of a message; undefined without any.
 * @param isWanted which of them, by the shape in the model
 */
export function otherShapes(
  input: NamedInput,
  isWanted: (module: AdapterModule, stored: readonly number[]) => boolean = () => true,
): readonly [Message] | undefined {
  if (input.model === undefined) return undefined;
  const others = input.adapter.modules.flatMap((module) => {
    const shape = shapeInModel(module, input);
    return shape === undefined || !isWanted(module, shape) ? [] : [{ module, shape }];
  });
  if (others.length === 0) return undefined;
  const all = others.slice(0, SHOWN).reduceRight<Message | undefined>((rest, { module, shape }) => {
    const values = [unquotedName(module.name), shapeText(module.shape), shapeText(shape)];
    return rest === undefined
      ? say('"{0}" is {1} in the adapter and {2} in the model', ...values)
      : say('"{0}" is {1} in the adapter and {2} in the model, {3}', ...values, rest);
  }, undefined);
  if (all === undefined) return undefined;
  return [others.length > SHOWN ? say('{0} (and {1} more)', all, others.length - SHOWN) : all];
}

/** Undefined: it fits, or shapes cannot be compared (convolutions, stacked experts, quantized weights, other factors). */
function otherShape(
  module: AdapterModule,
  adapter: Adapter,
  model: Checkpoint,
): readonly number[] | undefined {
  const { use_qalora: pooled, use_bdlora: blocks } = adapter.config;
  if (module.a.shape.length !== 2 || pooled === true) return undefined;
  if (!isMissing(blocks) && blocks !== false) return undefined;
  const tensors = ownTensors(`${module.name}.weight`, model);
  const [first] = tensors;
  if (first === undefined || tensors.some((tensor) => fits(tensor, module))) return undefined;
  if ('found' in locateWeight(model, module, adapter.fanInFanOut)) return undefined; // Conv1D: stored n x m
  return first.info.shape;
}

/** The tensor of that name, else those with or without a backbone's prefix. */
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
  // Quantized weights are packed in other shapes.
  if (info.shape.length !== 2 || !isArithmeticDtype(info.dtype)) return true;
  const [m, n] = module.shape;
  if (rows === m && columns === n) return true;
  // Embeddings are V x d, their update is d x V.
  return isEmbedding(module) && rows === n && columns === m;
}
