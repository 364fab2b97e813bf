import { expertPlace } from '../adapter/experts';
import { namesIn } from '../adapter/peftNames';
import { lastOfName } from '../lastPart';
import { say, type Message } from '../message';
import { defined } from '../record';
import { expertTargets } from './expertTargets';
import { listing } from './facts';
import { stacksExperts } from './names';
import type { CheckInput, LoaderInput, LoadRule, ModuleRule, RuleValues, Version } from './types';
import { compareVersions } from './versions';

/** When PEFT began to convert adapters of single experts (https://github.com/huggingface/peft/pull/3083). */
const STACKED_SINCE: Version = [0, 19];

/** Matrices of an expert that are stacked together, under the names of both conventions. */
const TOGETHER: readonly (readonly [string, string])[] = [
  ['w1', 'w3'],
  ['gate_proj', 'up_proj'],
];

interface Experts {
  /** By name of a matrix: the experts that have factors of it. */
  readonly byMatrix: ReadonlyMap<string, ReadonlySet<number>>;
  /** How many experts the layer has: in the model, else as far as the adapter shows. */
  readonly count: number;
}

const CONTAINER = '.experts.';
/** Behind a container and an index of up to six digits. */
const INDEX_END = CONTAINER.length + 6;

const known = new WeakMap<
  CheckInput['adapter']['modules'],
  Pick<CheckInput, 'model'> & { readonly experts: ReadonlyMap<string, Experts> }
>();

/** Experts of an adapter that has a module for each of their matrices, by the name of their container. */
function expertsOf(input: CheckInput): ReadonlyMap<string, Experts> {
  const { modules } = input.adapter;
  const before = known.get(modules);
  if (before !== undefined && before.model === input.model) return before.experts;
  const experts = findExperts(input);
  known.set(modules, { ...defined({ model: input.model }), experts });
  return experts;
}

function findExperts({ adapter, model }: CheckInput): ReadonlyMap<string, Experts> {
  const found = new Map<string, Map<string, Set<number>>>();
  let largest = -1;
  for (const { name } of adapter.modules) {
    const place = expertPlace(name);
    if (place === undefined) continue;
    const { container, index, matrix } = place;
    const byMatrix = found.get(container) ?? new Map<string, Set<number>>();
    found.set(container, byMatrix);
    byMatrix.set(matrix, (byMatrix.get(matrix) ?? new Set<number>()).add(index));
    largest = Math.max(largest, index);
  }
  if (found.size === 0) return new Map();
  for (const tensor of model?.tensors.keys() ?? []) {
    const at = tensor.indexOf(CONTAINER);
    const index = at === -1 ? NaN : Number.parseInt(tensor.slice(at + CONTAINER.length, at + INDEX_END), 10);
    if (index > largest) largest = index;
  }
  return new Map([...found].map(([name, byMatrix]) => [name, { byMatrix, count: largest + 1 }]));
}

/** A matrix of which some experts have factors and others not, or that lacks the one it is stacked with. */
const isTorn = ({ byMatrix, count }: Experts): boolean =>
  [...byMatrix.values()].some(({ size }) => size < count) ||
  TOGETHER.some(([first, second]) => byMatrix.has(first) !== byMatrix.has(second));

/** vLLM packs all three matrices of every expert. */
const isPartial = (experts: Experts): boolean => isTorn(experts) || experts.byMatrix.size < 3;

const containers = (input: CheckInput, isWanted: (experts: Experts) => boolean): RuleValues =>
  listing([...expertsOf(input)].flatMap(([name, experts]) => (isWanted(experts) ? [name] : [])));

const CONVERT =
  'peft/utils/transformers_weight_conversion.py: convert_peft_adapter_state_dict_for_transformers';

const CONVERT_CONFIG = 'peft/utils/transformers_weight_conversion.py: _convert_peft_config_moe';

const NOT_CONVERTED = say(
  'The model class stacks its experts, and PEFT does not convert factors of single experts for this model type.',
);
const TAKEN_FOR_EXPERTS = say(
  'For this model type PEFT takes the target for experts only, and creates no module for shared experts and dense layers.',
);

const stacksInPeft = ({ model }: CheckInput): boolean =>
  model?.modelType !== undefined && stacksExperts(model) === true;

/** Why PEFT creates no module of that name, although target_modules matches it; undefined: it does. */
export function lostToExperts(input: LoaderInput): (name: string) => Message | undefined {
  if (!stacksInPeft(input) || compareVersions(input.version, STACKED_SINCE) < 0) return () => undefined;
  const converted = expertTargets(input.model?.modelType);
  if (converted === undefined) return (name) => (expertPlace(name) === undefined ? undefined : NOT_CONVERTED);
  return (name) =>
    converted.has(lastOfName(name)) && expertPlace(name) === undefined ? TAKEN_FOR_EXPERTS : undefined;
}

export const LOST_TO_EXPERTS: ModuleRule = {
  kind: 'silent',
  source: CONVERT_CONFIG,
  reason: (input) => {
    const lost = lostToExperts(input);
    return ({ name }) => lost(name);
  },
};

/** One of two targets that are stacked together, and the other one, which target_modules lacks. */
function halfTargets(input: LoaderInput): RuleValues {
  const { target_modules: target } = input.adapter.config;
  const converted = stacksInPeft(input) ? expertTargets(input.model?.modelType) : undefined;
  if (converted === undefined || !Array.isArray(target)) return undefined;
  const named = new Set(namesIn(target).map(lastOfName));
  const pair = TOGETHER.find(
    ([first, second]) => converted.has(first) && named.has(first) !== named.has(second),
  );
  if (pair === undefined) return undefined;
  const [first, second] = pair;
  return named.has(first) ? [first, second] : [second, first];
}

/** Experts in PEFT, and in `load_adapter`, which uses the same conversion. */
export const PEFT_EXPERT_RULES: readonly LoadRule[] = [
  {
    severity: 'error',
    since: STACKED_SINCE,
    quiet: true,
    field: 'target_modules',
    source: CONVERT_CONFIG,
    message: say(
      'target_modules has {0} without {1}, which the model class stacks with it: PEFT stops ("Cannot convert PEFT target(s)").',
    ),
    when: halfTargets,
  },
  {
    severity: 'error',
    since: STACKED_SINCE,
    source: CONVERT,
    message: say(
      'The file has factors for some experts of {0} only: PEFT stacks the experts of a layer (on transformers 5) and stops with a size mismatch. Write zeros for the others, or remove all experts of the layer.',
    ),
    when: (input) =>
      stacksInPeft(input) && expertTargets(input.model?.modelType) !== undefined && containers(input, isTorn),
  },
  {
    severity: 'unsure',
    since: STACKED_SINCE,
    quiet: true,
    source: CONVERT,
    message: say(
      'The file has factors for some experts of {0} only: PEFT stops if the model class stacks its experts. Choose the model.',
    ),
    when: (input) => input.model === undefined && containers(input, isTorn),
  },
];

/** Experts in vLLM. */
export const VLLM_EXPERT_RULES: readonly LoadRule[] = [
  {
    severity: 'error',
    source: 'vllm/lora/lora_weights.py: PackedLoRALayerWeights.pack_moe',
    message: say(
      'The file has factors for some matrices or experts of {0} only: vLLM packs all of them and stops. Write zeros for the others, or remove all experts of the layer.',
    ),
    when: (input) => containers(input, isPartial),
  },
];
