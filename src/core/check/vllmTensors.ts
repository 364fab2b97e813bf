import { TARGET_PARAMETERS_REASON } from '../adapter/carried';
import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import { lastOfName } from '../lastPart';
import { say } from '../message';
import { isRecord } from '../record';
import { displayName } from '../safetensors/displayName';
import { VLLM_EXPERT_RULES } from './experts';
import { configValue, isEmbedding, isSameScale, listing, namesOf, prefixed } from './facts';
import { NAME_MISMATCH, otherShapes, shapeInModel } from './model';
import { classesOf } from './names';
import type { LoaderInput, LoadRule, ModuleRule, RuleValues, Version } from './types';
import { versionText } from './versions';
import { classSupport } from './vllmClasses';
import { expectedModules } from './vllmModules';

/** `parse_fine_tuned_lora_name` removes it wherever it is; a name without it is taken as it is. */
const KEY_PREFIX = 'base_model.model.';
const LORA_KEY = /\.(?:lora_[AB]\.weight|lora_embedding_[AB])$/;
const SAVED_HEAD = /(?:^|\.)(?:classifier|score)\.(?:weight|bias)$/;
/** `is_base_embedding_weights`: skipped; base weights of any other name are refused. */
const SAVED_EMBEDDING = /\.(?:embed_tokens|lm_head)\.base_layer\.weight$/;
/** 0.10.2 and 0.14.0 were looked at. */
const EMBEDDINGS_SINCE: Version = [0, 14];
/** When PEFTHelper began to honor patterns, and to refuse what it cannot compute; 0.31.0 was looked at. */
export const PATTERNS_SINCE: Version = [0, 32];

const PARSE = 'vllm/lora/utils.py: parse_fine_tuned_lora_name';
const CHECK_MODULES = 'vllm/lora/lora_model.py: LoRAModel.from_local_checkpoint, check_unexpected_modules';
const SET_LORA = 'vllm/lora/layers/base_linear.py: BaseLinearLayerWithLoRA.set_lora';
const ACTIVATE = 'vllm/lora/model_manager.py: LoRAModelManager.activate_adapter';
const SCALING = 'vllm/lora/peft_helper.py: PEFTHelper.get_rank_and_scaling';

const keyRules: readonly LoadRule[] = [
  {
    severity: 'error',
    source: 'vllm/lora/lora_model.py: LoRAModel.from_lora_tensors',
    message: say('The file contains no tensors: vLLM refuses it.'),
    when: ({ adapter }) => adapter.header.tensors.size === 0,
  },
  {
    severity: 'error',
    source: PARSE,
    message: say('vLLM does not accept tensors other than lora_A, lora_B, and embedding pairs: {0}.'),
    when: ({ adapter }) =>
      listing(
        [...adapter.header.tensors.keys()].filter(
          (key) => !LORA_KEY.test(key) && !SAVED_EMBEDDING.test(key) && !SAVED_HEAD.test(key),
        ),
      ),
  },
  {
    severity: 'error',
    before: EMBEDDINGS_SINCE,
    source: 'vllm/lora/utils.py: is_base_embedding_weights',
    message: say('vLLM before {0} does not accept the saved base weights ({1}); newer versions skip them.'),
    when: ({ adapter }) => {
      const names = [...adapter.header.tensors.keys()].filter((key) => SAVED_EMBEDDING.test(key));
      return names.length > 0 && [versionText(EMBEDDINGS_SINCE), quotedList(names)];
    },
  },
  {
    severity: 'unsure',
    field: 'target_parameters',
    source: 'https://github.com/vllm-project/vllm/issues/41384',
    message: say(
      'The file has LoRA tensors of stacked experts ({0}): what vLLM does with them depends on the model class and the version.',
    ),
    when: ({ adapter }) =>
      listing(
        adapter.carried
          .filter(({ reason }) => reason === TARGET_PARAMETERS_REASON)
          .map(({ tensor }) => tensor.name),
      ),
  },
];

/** Of the model, else that on which PEFT made the adapter. */
function classNames({ model, adapter }: LoaderInput): readonly string[] {
  if (model !== undefined) return classesOf(model);
  const mapping = adapter.config['auto_mapping'];
  const name = isRecord(mapping) ? mapping['base_model_class'] : undefined;
  return typeof name === 'string' ? [name] : [];
}

const classOf = (input: LoaderInput): ReturnType<typeof classSupport> => classSupport(classNames(input));

/** Names of modules of classes that take no LoRA in vLLM; other classes may have them too. */
const NAMES_WITHOUT_LORA: readonly (readonly [RegExp, string])[] = [
  [/^transformer\.h\.\d+\.(?:attn|mlp)\.c_(?:attn|proj|fc)$/, 'GPT2LMHeadModel'],
  [/^transformer\.h\.\d+\.(?:self_attention|mlp)\.(?:query_key_value|dense\w*)$/, 'BloomForCausalLM'],
  [/^transformer\.h\.\d+\.(?:attn\.[qkv]_proj|mlp\.fc_(?:in|out))$/, 'GPTJForCausalLM'],
  [/^gpt_neox\.layers\.\d+\./, 'GPTNeoXForCausalLM'],
];

const isEmbeddingName = (name: string): boolean => lastOfName(name) === 'embed_tokens';
const isHeadName = (name: string): boolean => lastOfName(name) === 'lm_head';

const CLASS_SOURCE = 'vllm/lora/utils.py: get_supported_lora_modules';

const classRules: readonly LoadRule[] = [
  {
    severity: 'error',
    source: 'vllm/v1/worker/lora_model_runner_mixin.py: LoRAModelRunnerMixin.load_lora_model',
    message: say("vLLM's class {0} does not support LoRA. Merge the adapter into the model."),
    when: (input) => {
      const known = classOf(input);
      return known?.support === 'none' && [known.name];
    },
  },
  {
    severity: 'error',
    source: CLASS_SOURCE,
    message: say("vLLM's class {0} takes LoRA for linear layers only, and stops at {1}."),
    when: (input) => {
      const known = classOf(input);
      if (known?.support !== 'layers' && known?.support !== 'embeddings') return undefined;
      const isRefused = (name: string): boolean =>
        isHeadName(name) || (known.support === 'layers' && isEmbeddingName(name));
      return prefixed(listing(namesOf(input.adapter.modules).filter(isRefused)), known.name);
    },
  },
  {
    severity: 'unsure',
    source: 'vllm/model_executor/models/registry.py',
    message: say(
      'vLLM 0.32 has no class {0} of its own: whether its transformers backend takes LoRA for it is not known.',
    ),
    when: (input) => {
      const [name] = classNames(input);
      return name !== undefined && classOf(input) === undefined && [displayName(name)];
    },
  },
];

/** Without a model, what the names of modules say of its class. */
const guessRules: readonly LoadRule[] = [
  {
    severity: 'unsure',
    source: CLASS_SOURCE,
    message: say(
      'The modules are named as in {0}, for which vLLM takes no LoRA. Choose the model that the adapter is served with.',
    ),
    when: (input) => {
      const [first] = input.adapter.modules;
      if (first === undefined || classNames(input).length > 0 || input.model !== undefined) return undefined;
      const found = NAMES_WITHOUT_LORA.find(([pattern]) => pattern.test(first.name));
      return found !== undefined && [found[1]];
    },
  },
];

const nameRules: readonly LoadRule[] = [
  {
    severity: 'error',
    source: CHECK_MODULES,
    message: say(
      'vLLM does not accept the adapter ("expected target modules …"): the model has no layer that matches the last part of {0}. Choose the model that the adapter was trained on.',
    ),
    when: (input) => listing(expectedModules(input).lacking),
  },
  ...(['unsure', 'note'] as const).map((severity): LoadRule => ({
    severity,
    source: CHECK_MODULES,
    message: say(
      'vLLM stops ("expected target modules …") if its model class has no linear layer of that name; the usual model classes have none for {0}.',
    ),
    // A model that has a layer of that name is most likely one whose class has it too.
    when: (input) =>
      (input.model === undefined) === (severity === 'unsure') && listing(expectedModules(input).uncommon),
  })),
  {
    severity: 'note',
    source: ACTIVATE,
    message: say(
      'Without a model, names are not compared. If the served class names its layers differently (vision-language models), vLLM silently answers with the plain base model. Choose the model that the adapter is served with.',
    ),
    when: ({ model }) => model === undefined,
  },
];

/** Layers that vLLM computes together: a factor that is missing there is zero. */
const PACKED: ReadonlySet<string> = new Set(['q_proj', 'k_proj', 'v_proj', 'gate_proj', 'up_proj']);

const pairRules: readonly LoadRule[] = [
  {
    severity: 'unsure',
    source: 'https://github.com/vllm-project/vllm/issues/41384',
    message: say(
      'The file has stacked factors (3-D) of {0}: what vLLM does with them depends on the model class and the version.',
    ),
    when: faultsOf(({ kind }) => kind === 'stacked'),
  },
  {
    severity: 'error',
    source: SET_LORA,
    message: say(
      'Size mismatch: {0}. vLLM cannot load the adapter. Choose the model that the adapter was trained on.',
    ),
    when: (input) =>
      otherShapes(
        input,
        (module, stored) =>
          isEmbedding(module) || module.shape.some((size, axis) => size > (stored[axis] ?? 0)),
      ),
  },
  {
    severity: 'silent',
    change: 'parts-dropped',
    source: SET_LORA,
    message: say('A and B of {0} have different ranks: vLLM uses what both have, without a message.'),
    when: faultsOf((fault) => fault.kind === 'shape' && areMatrices(fault)),
  },
  {
    severity: 'error',
    source: SET_LORA,
    message: say('A and B of {0} do not fit together: vLLM stops.'),
    when: faultsOf((fault) => fault.kind === 'shape' && !areMatrices(fault)),
  },
  {
    severity: 'error',
    source: 'vllm/lora/lora_weights.py: LoRALayerWeights.optimize',
    message: say('The file has only one factor of {0}: vLLM stops.'),
    when: faultsOf(({ kind, module }) => kind === 'a' || (kind === 'b' && !PACKED.has(lastOfName(module)))),
  },
  {
    severity: 'note',
    source: 'vllm/lora/lora_weights.py: PackedLoRALayerWeights.pack',
    message: say('The file has only one factor of {0}: vLLM gives them no effect.'),
    when: faultsOf(({ kind, module }) => kind === 'b' && PACKED.has(lastOfName(module))),
  },
];

type Fault = NonNullable<LoaderInput['faults']>[number];

const areMatrices = ({ tensors }: Fault): boolean =>
  tensors.every(({ shape }) => shape.length === 2 && !shape.includes(0));

function faultsOf(isWanted: (fault: Fault) => boolean): LoadRule['when'] {
  return ({ faults = [] }): RuleValues => listing(faults.filter(isWanted).map(({ module }) => module));
}

export const VLLM_TENSOR_RULES: readonly LoadRule[] = [
  ...keyRules,
  ...classRules,
  ...guessRules,
  ...nameRules,
  ...pairRules,
  ...VLLM_EXPERT_RULES,
  {
    severity: 'note',
    field: 'alpha_pattern',
    before: PATTERNS_SINCE,
    source: 'https://github.com/vllm-project/vllm/pull/53555',
    message: say(
      'vLLM before {0} silently ignores rank_pattern and alpha_pattern: {1} get the scale {2} instead of their own. Write the adapter with "splora export --for vllm".',
    ),
    when: otherScales,
  },
];

/** Modules whose scale is not the one that the config's `r` and `lora_alpha` give. */
function otherScales(input: LoaderInput): RuleValues {
  const scale = globalScale(input);
  if (scale === undefined) return undefined;
  const others = input.adapter.modules.filter((module) => !isSameScale(module.scale, scale));
  const isPatterned = ['rank_pattern', 'alpha_pattern'].some((field) => {
    const value = input.adapter.config[field];
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  });
  return (
    isPatterned && others.length > 0 && [versionText(PATTERNS_SINCE), quotedList(namesOf(others)), scale]
  );
}

function globalScale({ adapter: { config } }: LoaderInput): number | undefined {
  const { r, lora_alpha: alpha, use_rslora: rslora } = config;
  if (typeof r !== 'number' || typeof alpha !== 'number' || r <= 0) return undefined;
  return alpha / (rslora === true ? Math.sqrt(r) : r);
}

/** The scale that vLLM applies, from the config alone; undefined where a pattern cannot be evaluated. */
function patternScale({ adapter }: LoaderInput): (module: AdapterModule) => number | undefined {
  const [rankOf, alphaOf] = [configValue(adapter, 'r'), configValue(adapter, 'lora_alpha')];
  return (module) => {
    const [rank, alpha] = [rankOf(module), alphaOf(module)];
    if (rank === undefined || alpha === undefined) return undefined;
    return alpha / (adapter.config['use_rslora'] === true ? Math.sqrt(rank) : rank);
  };
}

export const VLLM_MODULE_RULES: readonly ModuleRule[] = [
  {
    kind: 'silent',
    source: PARSE,
    reason:
      () =>
      ({ name, a }) => {
        const layer = a.name.startsWith(KEY_PREFIX) ? a.name.replaceAll(KEY_PREFIX, '') : a.name;
        if (layer.startsWith(`${name}.`)) return undefined;
        return say(
          'vLLM uses the key {0} as the layer name, and no layer has that name.',
          displayName(a.name),
        );
      },
  },
  { ...NAME_MISMATCH, source: ACTIVATE },
  {
    kind: 'altered',
    source: SET_LORA,
    reason: (input) => (module) =>
      shapeInModel(module, input) === undefined
        ? undefined
        : say('It is smaller than the layer of the model: vLLM fills the rest with zeros.'),
  },
  ...[
    { since: PATTERNS_SINCE, scaleOf: patternScale },
    { before: PATTERNS_SINCE, scaleOf: (input: LoaderInput) => () => globalScale(input) },
  ].map(({ scaleOf, ...range }): ModuleRule => ({
    ...range,
    kind: 'altered',
    source: SCALING,
    reason: (input) => {
      const scaleFor = scaleOf(input);
      return (module) => {
        const scale = scaleFor(module);
        if (scale === undefined || isSameScale(scale, module.scale)) return undefined;
        const reason = say(
          'vLLM takes the rank and alpha of the config: its scale is {0}, that of the weights {1}.',
          scale,
          module.scale,
        );
        return { reason, scale };
      };
    },
  })),
];
