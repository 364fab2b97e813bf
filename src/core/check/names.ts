import type { Checkpoint, CheckpointTensor } from '../checkpoint/types';
import table from './data/names.json';
import type { KeyNames } from './types';

/**
 * What loaders call the modules of a model: its file has names of its own for many classes. The table is made from the
 * classes of transformers and vLLM (`test/interop/names/classNames.py`), whose versions it has.
 */
interface ClassNames {
  /** Beginnings of names in the file, in the class, and whether PEFT renames the keys of adapters so; `#` is a number. */
  readonly renames: readonly Rename[];
  /** `base_model_prefix`: files may omit it. */
  readonly prefix: string;
  /** The class holds the experts of a layer in stacks, and their files do not. */
  readonly stacked: boolean;
}

interface Rename {
  readonly file: readonly string[];
  readonly own: readonly string[];
  readonly byPeft: boolean;
}

const parts = (name: string): readonly string[] => name.split('.');

const CLASS_NAMES: ReadonlyMap<string, ClassNames> = new Map(
  table.classes.flatMap(({ classes, renames = [], prefix = 'model', stacked = false }) => {
    const known = renames.flatMap(([file, own, byPeft]): Rename[] =>
      typeof file === 'string' && typeof own === 'string'
        ? [{ file: parts(file), own: parts(own), byPeft: byPeft === true }]
        : [],
    );
    known.sort((left, right) => right.file.length - left.file.length);
    return classes.split(' ').map((name) => [name, { renames: known, prefix, stacked }] as const);
  }),
);

const CLASS_OF_TYPE: ReadonlyMap<string, string> = new Map(Object.entries(table.classOfType));

/** The classes that a config.json names; else the usual one of its model type. */
export function classesOf({ architectures = [], modelType }: Checkpoint): readonly string[] {
  if (architectures.length > 0) return architectures;
  const usual = modelType === undefined ? undefined : CLASS_OF_TYPE.get(modelType);
  return usual === undefined ? [] : [usual];
}

const namesOf = (model: Checkpoint): ClassNames | undefined => {
  for (const name of classesOf(model)) {
    const known = CLASS_NAMES.get(name);
    if (known !== undefined) return known;
  }
  return undefined;
};

/** Whether the model's class stacks the experts of a layer, so that PEFT stacks their factors; undefined: not known. */
export const stacksExperts = (model: Checkpoint): boolean | undefined => namesOf(model)?.stacked;

const isNumber = (part: string | undefined): boolean => part !== undefined && /^\d+$/.test(part);

function startsWith(name: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((part, at) => (part === '#' ? isNumber(name[at]) : part === name[at]));
}

/** The name with the numbers of `name` in the places of those of `own`. */
function renamed(name: readonly string[], { file, own }: Rename): string {
  const numbers = name.slice(0, file.length).filter((_, at) => file[at] === '#');
  let used = 0;
  const filled = own.map((part) => (part === '#' ? (numbers[used++] ?? part) : part));
  return [...filled, ...name.slice(file.length)].join('.');
}

/** Loaders convert the names of single experts together with their weights and targets. */
const EXPERT = /\.experts\.\d+\./;

/** By the longest beginning; a name that the class has already keeps it. */
function ownName(renames: readonly Rename[], name: string): string {
  if (renames.length === 0 || EXPERT.test(name)) return name;
  const split = parts(name);
  const own = renames.find((rename) => startsWith(split, rename.own));
  const found = renames.find(({ file }) => startsWith(split, file));
  if (found === undefined || (own !== undefined && own.own.length >= found.file.length)) return name;
  return renamed(split, found);
}

const HEADS: ReadonlySet<string> = new Set(['lm_head', 'embed_out', 'score', 'classifier', 'cls', 'head']);

/** Adds the backbone's prefix where no tensor of the file has it and the class has a head beside the backbone. */
function prefixTest(model: Checkpoint, prefix: string): (name: string) => boolean {
  const hasHead = classesOf(model).some((name) => !name.endsWith('Model') || name.endsWith('LMHeadModel'));
  if (!hasHead) return () => false;
  for (const name of model.tensors.keys()) if (name.startsWith(`${prefix}.`)) return () => false;
  return (name) =>
    !name.startsWith(`${prefix}.`) && !HEADS.has(name.slice(0, Math.max(0, name.indexOf('.'))));
}

/** A model under the names that a loader gives its weights, and how the loader reads the names of modules in a file. */
export interface NamedModel {
  readonly model: Checkpoint;
  readonly rename: KeyNames;
}

const sameName: KeyNames = (name) => name;

type View = 'peft' | 'transformers' | 'vllm';

const views = new WeakMap<Checkpoint, Map<View, NamedModel>>();

/** The model as `view` names it; kept, since a check asks for it several times. */
export function namedFor(view: View, model: Checkpoint): NamedModel {
  const known = views.get(model) ?? new Map<View, NamedModel>();
  views.set(model, known);
  const made = known.get(view) ?? (view === 'vllm' ? forVllm(model) : forTransformers(model, view));
  known.set(view, made);
  return made;
}

function forTransformers(model: Checkpoint, view: 'peft' | 'transformers'): NamedModel {
  const names = namesOf(model);
  if (names === undefined) return { model, rename: sameName };
  const { renames, prefix } = names;
  const lacksPrefix = prefixTest(model, prefix);
  const read = (name: string): string => {
    const own = ownName(renames, name);
    return lacksPrefix(own) ? `${prefix}.${own}` : own;
  };
  const ofPeft = renames.filter(({ byPeft }) => byPeft);
  const rename = view === 'transformers' ? read : (name: string): string => ownName(ofPeft, name);
  return { model: withNames(model, read), rename };
}

function withNames(model: Checkpoint, read: (name: string) => string | undefined): Checkpoint {
  if (!hasOtherName(model, read)) return model;
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, tensor] of model.tensors) {
    const own = read(name);
    if (own !== undefined) tensors.set(own, tensor);
  }
  return { ...model, tensors };
}

function hasOtherName({ tensors }: Checkpoint, read: (name: string) => string | undefined): boolean {
  for (const name of tensors.keys()) if (read(name) !== name) return true;
  return false;
}

interface VllmNames {
  readonly substr: readonly Replacement[];
  readonly prefix: readonly Replacement[];
  readonly suffix: readonly Replacement[];
}

/** Null: the weight is not loaded. */
type Replacement = readonly [from: string, to: string | null];

const replacements = (pairs: readonly (readonly (string | null)[])[] = []): readonly Replacement[] =>
  pairs.flatMap(([from, to = null]) => (typeof from === 'string' ? [[from, to] as const] : []));

const VLLM_NAMES: ReadonlyMap<string, VllmNames> = new Map(
  table.vllmClasses.flatMap(({ classes, substr, prefix, suffix }) => {
    const made = {
      substr: replacements(substr),
      prefix: replacements(prefix),
      suffix: replacements(suffix),
    };
    return classes.split(' ').map((name) => [name, made] as const);
  }),
);

/** `vllm/model_executor/models/utils.py: WeightsMapper.map_name`; undefined: dropped. */
function mapped({ substr, prefix, suffix }: VllmNames, given: string): string | undefined {
  let name = given;
  for (const [from, to] of substr) {
    if (!name.includes(from)) continue;
    if (to === null) return undefined;
    name = name.replace(from, () => to);
  }
  for (const [from, to] of prefix) {
    if (!name.startsWith(from)) continue;
    if (to === null) return undefined;
    name = to + name.slice(from.length);
  }
  for (const [from, to] of suffix) {
    if (!name.endsWith(from)) continue;
    if (to === null) return undefined;
    name = name.slice(0, -from.length) + to;
  }
  return name;
}

/** What follows the name of a module when vLLM maps a key. */
const KEY_END = '.lora_A.weight';

function forVllm(model: Checkpoint): NamedModel {
  const names = classesOf(model)
    .map((name) => VLLM_NAMES.get(name))
    .find((known) => known !== undefined);
  if (names === undefined) return { model, rename: sameName };
  const rename = (name: string): string => {
    const key = mapped(names, `${name}${KEY_END}`);
    return key?.endsWith(KEY_END) === true ? key.slice(0, -KEY_END.length) : name;
  };
  return { model: withNames(model, (name) => mapped(names, name)), rename };
}
