import { tensorsOf, type KeyPart } from '../adapter/keys';
import { quotedList } from '../adapter/names';
import type { ModuleFault } from '../adapter/looseAdapter';
import type { AdapterModule } from '../adapter/types';
import { say, type Message } from '../message';
import type { TensorInfo } from '../safetensors/types';
import { LOST_TO_EXPERTS, lostToExperts, PEFT_EXPERT_RULES } from './experts';
import { configValue, isEmbedding, listing, namesOf, prefixed } from './facts';
import { BACKBONE_PREFIXES, hasLayer, layersOf, nameMismatch, otherShapes } from './model';
import { hasOtherTargets } from './peftConfigRules';
import { nameInModel, readsKey, targetsOf, unreadKey, type KeyReader } from './peftKeys';
import { shapesOfWhole, wholeTensorRules } from './peftWholeTensors';
import type { LoaderInput, LoaderRules, LoadRule, ModuleRule, RuleValues } from './types';

const LOAD_SOURCE = 'peft/utils/save_and_load.py: set_peft_model_state_dict';
const INJECT_SOURCE = 'peft/tuners/tuners_utils.py: BaseTuner.inject_adapter';
const MATCH_SOURCE = 'peft/tuners/tuners_utils.py: check_target_module_exists';

/** What PEFT's modules make of the tensors that `reader` finds for them. */
export function peftTensorRules(reader: KeyReader): LoaderRules {
  return {
    load: [
      ...targetRules(reader),
      ...rankRules(reader),
      ...companions(reader, 'magnitude', 'use_dora', MAGNITUDES),
      ...companions(reader, 'bBias', 'lora_bias', BIASES),
      ...faultRules(reader),
      ...PEFT_EXPERT_RULES,
      ...wholeTensorRules(reader),
    ],
    modules: moduleRules(reader),
  };
}

/** Whether PEFT makes a LoRA module of it, and the reader finds its tensors. */
const isLoaded =
  (reader: KeyReader, input: LoaderInput) =>
  (module: AdapterModule): boolean =>
    targetsOf(input)(nameInModel(reader, module.name, input)) === true &&
    unreadKey(reader, input, module) === undefined;

const loaded = new WeakMap<LoaderInput, readonly AdapterModule[]>();

/** The modules that PEFT makes and fills; asked for by several rules. */
function loadedModules(reader: KeyReader, input: LoaderInput): readonly AdapterModule[] {
  const known = loaded.get(input) ?? input.adapter.modules.filter(isLoaded(reader, input));
  loaded.set(input, known);
  return known;
}

const loadedOnly = (reader: KeyReader, input: LoaderInput): LoaderInput => ({
  ...input,
  adapter: { ...input.adapter, modules: loadedModules(reader, input) },
});

const rankRules = (reader: KeyReader): readonly LoadRule[] => [
  {
    severity: 'error',
    field: 'r',
    source: 'peft/tuners/lora/model.py: LoraModel._create_and_replace',
    message: say('The rank in the config differs from the weights of {0}: PEFT stops with a size mismatch.'),
    when: (input) => otherRanks(loadedOnly(reader, input)),
  },
  {
    severity: 'error',
    source: LOAD_SOURCE,
    message: say(
      'Size mismatch: {0}. PEFT stops with an error. Choose the model that the adapter was trained on.',
    ),
    when: (input) => otherShapes(loadedOnly(reader, input)),
  },
  {
    severity: 'error',
    source: LOAD_SOURCE,
    message: say('Size mismatch: {0} in the model. PEFT stops with an error.'),
    when: (input) => shapesOfWhole(reader, input),
  },
];

function otherRanks({ adapter }: LoaderInput): RuleValues {
  const rankOf = configValue(adapter, 'r');
  return listing(
    namesOf(adapter.modules.filter((module) => (rankOf(module) ?? module.rank) !== module.rank)),
  );
}

type CompanionTexts = Readonly<Record<'length' | 'unread' | 'unfound' | 'missing', Message>>;

const MAGNITUDES: CompanionTexts = {
  length: say(
    'The number of DoRA magnitudes of {0} does not match the rows of lora_B: PEFT stops with a size mismatch.',
  ),
  unread: say(
    'The file has DoRA magnitudes for {0}, but "use_dora" is not set: PEFT drops them. Set it to true.',
  ),
  unfound: say(
    '{0} does not find the DoRA magnitudes of {1} under their names in the file and uses the norms of the base rows.',
  ),
  missing: say(
    'The file has no DoRA magnitudes for {0}, but "use_dora" is set: PEFT warns and uses the norms of the base rows.',
  ),
};

const BIASES: CompanionTexts = {
  length: say(
    'The number of lora_B biases of {0} does not match the rows of lora_B: PEFT stops with a size mismatch.',
  ),
  unread: say(
    'The file has biases of lora_B for {0}, but "lora_bias" is not set: PEFT drops them. Set it to true.',
  ),
  unfound: say('{0} does not find the lora_B biases of {1} under their names in the file and uses zeros.'),
  missing: say(
    'The file has no biases of lora_B for {0}, but "lora_bias" is set: PEFT warns and uses zeros.',
  ),
};

type Companion = (tensor: TensorInfo | undefined, module: AdapterModule, input: LoaderInput) => boolean;

/** A rule on loaded modules of a config in which the field is on or off. */
const faultyCompanions =
  (reader: KeyReader, part: KeyPart, field: string) =>
  (isOn: boolean, isFaulty: Companion) =>
  (input: LoaderInput): RuleValues => {
    if ((input.adapter.config[field] === true) !== isOn) return undefined;
    const companion = (module: AdapterModule): TensorInfo | undefined =>
      module.tensors.length > 2 ? tensorsOf(module, part)[0] : undefined;
    return listing(
      namesOf(loadedModules(reader, input).filter((module) => isFaulty(companion(module), module, input))),
    );
  };

/** Modules whose magnitude or bias has the wrong length, is there without its field, or is missing or not found. */
function companions(
  reader: KeyReader,
  part: KeyPart,
  field: 'use_dora' | 'lora_bias',
  texts: CompanionTexts,
): readonly LoadRule[] {
  const isMagnitude = part === 'magnitude';
  const faulty = faultyCompanions(reader, part, field);
  const change = isMagnitude ? 'norms-of-base' : 'parts-dropped';
  const shared = { field, source: LOAD_SOURCE };
  return [
    {
      severity: 'error',
      source: LOAD_SOURCE,
      message: texts.length,
      when: faulty(true, (tensor, module) => tensor !== undefined && isOtherLength(tensor, module)),
    },
    {
      severity: 'silent',
      ...shared,
      change: isMagnitude ? 'settings-dropped' : 'parts-dropped',
      message: texts.unread,
      when: faulty(false, (tensor) => tensor !== undefined),
    },
    {
      severity: 'silent',
      ...shared,
      change,
      message: texts.unfound,
      when: (input) =>
        prefixed(
          faulty(
            true,
            (tensor, { name }, { version }) =>
              tensor !== undefined && !readsKey(reader, version, tensor, name),
          )(input),
          reader.loader,
        ),
    },
    {
      severity: isMagnitude ? 'silent' : 'note',
      ...shared,
      change,
      message: texts.missing,
      when: faulty(true, (tensor, module) => tensor === undefined && (isMagnitude || !isEmbedding(module))),
    },
  ];
}

/** Only linear layers are compared: others have magnitudes of another shape. */
function isOtherLength({ shape }: TensorInfo, module: AdapterModule): boolean {
  if (isEmbedding(module) || module.a.shape.length !== 2) return false;
  return shape.length !== 1 || shape[0] !== module.shape[0];
}

const faultRules = (reader: KeyReader): readonly LoadRule[] => [
  {
    severity: 'unsure',
    source: LOAD_SOURCE,
    message: say(
      'The file has stacked factors (3-D) of {0}: what PEFT does with them depends on the model class.',
    ),
    when: (input) => faultsOf(reader, input, (kind) => kind === 'stacked'),
  },
  {
    severity: 'error',
    source: LOAD_SOURCE,
    message: say('A and B of {0} do not fit together: PEFT stops with a size mismatch.'),
    when: (input) => faultsOf(reader, input, (kind) => kind === 'shape'),
  },
  {
    severity: 'silent',
    change: 'random',
    source: 'peft/tuners/lora/layer.py: LoraLayer.reset_lora_parameters',
    message: say(
      'The file has only one factor of {0}: PEFT fills the other at random, so the update is another one on each load.',
    ),
    when: (input) =>
      faultsOf(reader, input, (kind, isEmbeddingPair) =>
        startsAtZero(input) ? kind === (isEmbeddingPair ? 'a' : 'b') : kind === 'a' || kind === 'b',
      ),
  },
  {
    severity: 'note',
    source: 'peft/tuners/lora/layer.py: LoraLayer.reset_lora_parameters',
    message: say(
      'The file has only one factor of {0}; PEFT keeps the other at zero, so they have no effect.',
    ),
    when: (input) =>
      startsAtZero(input) &&
      faultsOf(reader, input, (kind, isEmbeddingPair) => kind === (isEmbeddingPair ? 'b' : 'a')),
  },
];

function faultsOf(
  reader: KeyReader,
  input: LoaderInput,
  isWanted: (kind: ModuleFault['kind'], isEmbeddingPair: boolean) => boolean,
): RuleValues {
  const targets = targetsOf(input);
  const faults = (input.faults ?? []).filter(
    ({ module, tensors, kind, isEmbedding: isEmbeddingPair }) =>
      isWanted(kind, isEmbeddingPair) &&
      targets(nameInModel(reader, module, input)) !== false &&
      tensors.some((tensor) => readsKey(reader, input.version, tensor, module)),
  );
  return listing(faults.map(({ module }) => module));
}

/** Whether new modules have no effect until tensors are loaded; false and null leave both factors random. */
const startsAtZero = ({ adapter: { config } }: LoaderInput): boolean => {
  const init = config['init_lora_weights'];
  return init === undefined || (Boolean(init) && init !== '');
};

const targetRules = (reader: KeyReader): readonly LoadRule[] => [
  {
    severity: 'error',
    field: 'target_modules',
    source: INJECT_SOURCE,
    message: say(
      'The model has none of the target_modules: PEFT stops ("Target modules … not found in the base model").',
    ),
    when: noTargets,
  },
  {
    severity: 'error',
    field: 'target_modules',
    source: 'peft/tuners/lora/model.py: LoraModel._create_new_module',
    message: say(
      'target_modules matches {0}, which PEFT cannot adapt: it stops ("Target module … is not supported").',
    ),
    when: (input) => unsupportedTargets(input),
  },
  {
    severity: 'silent',
    change: 'random',
    field: 'init_lora_weights',
    source: 'peft/tuners/lora/layer.py: LoraLayer.update_layer',
    message: say(
      'The file lacks tensors of modules, and init_lora_weights is false, so PEFT gives them random updates ({0}): {1}. Set it to true.',
    ),
    when: (input) => !startsAtZero(input) && emptyModules(reader, input),
  },
  {
    severity: 'note',
    field: 'target_modules',
    source: INJECT_SOURCE,
    message: say(
      'PEFT also creates modules that the file has no tensors for ({0}): {1}. They have no effect, but PEFT warns.',
    ),
    when: (input) => startsAtZero(input) && emptyModules(reader, input),
  },
];

function noTargets(input: LoaderInput): RuleValues {
  const { config } = input.adapter;
  const target = config['target_modules'];
  const isEmptyList = Array.isArray(target) && target.length === 0;
  if (input.model === undefined || hasOtherTargets(config) || isEmptyList) return undefined;
  const targets = targetsOf(input);
  const prefixes = ['', ...BACKBONE_PREFIXES];
  for (const [name] of layersOf(input.model))
    if (prefixes.some((prefix) => targets(`${prefix}${name}`) !== false)) return undefined;
  return true;
}

const isAllLinear = (target: unknown): boolean =>
  typeof target === 'string' && target.toLowerCase() === 'all-linear';

/** Of modules in modules; a hostile name has thousands. */
const LEVELS_MAX = 50;

/** Norms, and modules that only hold others; experts are left out, as their classes differ from the files. */
function unsupportedTargets(input: LoaderInput): RuleValues {
  const { config } = input.adapter;
  if (isAllLinear(config['target_modules'])) return undefined;
  const targets = targetsOf(input);
  const adaptable = new Set<string>();
  const others = new Set<string>();
  for (const [name, axes] of layersOf(input.model)) {
    (axes < 2 ? others : adaptable).add(name);
    // From the innermost: what is there already has all that it is in.
    let dot = name.lastIndexOf('.');
    for (let level = 0; dot > 0 && level < LEVELS_MAX; level++) {
      const outer = name.slice(0, dot);
      if (others.has(outer)) break;
      others.add(outer);
      dot = name.lastIndexOf('.', dot - 1);
    }
  }
  return listing(
    [...others].filter(
      (name) => !adaptable.has(name) && !/(?:^|\.)experts(?:\.|$)/.test(name) && targets(name) === true,
    ),
  );
}

function emptyModules(reader: KeyReader, input: LoaderInput): RuleValues {
  const { adapter, model } = input;
  if (model === undefined) return undefined;
  const targets = targetsOf(input);
  const loaded = new Set(
    adapter.modules
      .filter((module) => unreadKey(reader, input, module) === undefined)
      .map(({ name }) => nameInModel(reader, name, input)),
  );
  const lost = lostToExperts(input);
  const isCreated = (name: string): boolean => targets(name) === true && lost(name) === undefined;
  const empty = layersOf(input.model)
    .filter(([name, axes]) => axes === 2 && !loaded.has(name) && isCreated(name))
    .map(([name]) => name);
  // Hub files may omit the backbone's prefix: then no name of the adapter is found, and nothing is known.
  const isSamePrefix =
    adapter.modules.length === 0 || adapter.modules.some(({ name }) => hasLayer(model, name));
  return isSamePrefix && empty.length > 0 && [empty.length, quotedList(empty)];
}

/** @param answer of `peftTargets`: the modules that the rule is about */
const untargeted = (
  reader: KeyReader,
  kind: ModuleRule['kind'],
  answer: false | undefined,
  reason: Message,
): ModuleRule => ({
  kind,
  source: MATCH_SOURCE,
  reason: (input) => {
    const targets = targetsOf(input);
    return ({ name }) => (targets(nameInModel(reader, name, input)) === answer ? reason : undefined);
  },
});

const moduleRules = (reader: KeyReader): readonly ModuleRule[] => [
  {
    kind: 'silent',
    source: LOAD_SOURCE,
    reason: (input) => (module) => unreadKey(reader, input, module),
  },
  untargeted(
    reader,
    'silent',
    false,
    say('target_modules does not match it, or exclude_modules does: PEFT creates no module for it.'),
  ),
  {
    kind: 'silent',
    source: INJECT_SOURCE,
    reason: (input) => (module) =>
      nameMismatch(module, { ...input, rename: (name) => nameInModel(reader, name, input) }),
  },
  LOST_TO_EXPERTS,
  untargeted(
    reader,
    'unsure',
    undefined,
    say('target_modules or exclude_modules cannot be evaluated here; PEFT may attach it.'),
  ),
];
