import { displayName } from '../safetensors/displayName';
import { failure, type SploraError } from '../errors';
import { parameterModuleTest, replacementNotes, sortWhole, TARGET_PARAMETERS_REASON } from './carried';
import { parseConfigText } from './configText';
import { declineLayout, declinePeftType, declineUnknown, type Declined } from './families';
import { configLimit, DORA_REASON } from './limits';
import { readMlxConfig } from './mlxConfig';
import {
  groupRank,
  groupTensors,
  isPair,
  mlxModule,
  peftModule,
  type GroupedTensors,
  type ModuleSettings,
  type ModuleTensors,
} from './modules';
import { naturalCompare, quotedList } from './names';
import { compilePatterns, firstMatch, PATTERN_STEPS_MAX, valueFor, type CompiledPattern } from './peftNames';
import { readPeftConfig, type PeftConfig } from './peftConfig';
import type { StepBudget } from './pyRegex';
import { expertsOf3d, parameterExperts, parameterFinder } from './stackedExperts';
import type { Adapter, AdapterModule, CarriedTensor } from './types';
import { say, type Message } from '../message';
import { defined } from '../record';

export type AdapterInput = Pick<Adapter, 'weightsFile' | 'header' | 'configFile' | 'configText'>;

/**
 * Reads names, shapes and scales of an adapter; no weights.
 * Errors: `unsupported-adapter` (something else than PEFT or MLX LoRA, by name), `bad-config` (with the field),
 * `bad-safetensors` (A and B do not pair or fit, with the tensor).
 */
export function readAdapter(input: AdapterInput): Adapter {
  const { configFile, configText } = input;
  return readWithConfig(input, configText === undefined ? {} : parseConfigText(configText, configFile));
}

export interface Reading {
  /** Tensors that were sorted by module already. */
  readonly sorted?: GroupedTensors | undefined;
  /** Stacked experts stay one pair, which is carried or not scored: as loaders see them. */
  readonly keepsStacks?: boolean;
}

/** As `readAdapter`, with a config that was parsed already. */
export function readWithConfig(
  input: AdapterInput,
  config: Readonly<Record<string, unknown>>,
  { sorted, keepsStacks = false }: Reading = {},
): Adapter {
  const { header, weightsFile, configFile } = input;
  const decline = ({ message, advice }: Declined, file = weightsFile): SploraError =>
    failure('unsupported-adapter', message, file, advice);
  const foreign = declinePeftType(config['peft_type']);
  if (foreign !== undefined) throw decline(foreign, configFile);
  const grouped = sorted ?? groupTensors(header, weightsFile);
  const pairs = grouped.groups.filter(isPair);
  const mlx = pairs.some(({ parts }) => parts.has('mlxA') || parts.has('mlxB'));
  const peft = pairs.some(({ parts }) => PEFT_PARTS.some((part) => parts.has(part)));
  const layout = declineLayout(header);
  if (layout !== undefined) throw decline(layout);
  if (mlx && peft) throw decline(MIXED);
  if (pairs.length === 0)
    throw decline(config['fine_tune_type'] === 'full' ? FULL_FINE_TUNE : declineUnknown(header));
  const how = { grouped, pairs, keepsStacks };
  const read = mlx ? readMlx(how, input, config) : readPeft(how, input, config);
  if (read.modules.length === 0 && !keepsStacks) throw decline(ONLY_PARAMETERS);
  return { ...input, config, ...read };
}

/** The adapter as loaders see it: stacked experts are one pair. */
export const withStacks = (adapter: Adapter): Adapter =>
  adapter.modules.some(({ stack }) => stack !== undefined)
    ? { ...adapter, ...readWithConfig(adapter, adapter.config, { keepsStacks: true }) }
    : adapter;

const PEFT_PARTS = ['a', 'b', 'embeddingA', 'embeddingB'] as const;

const MIXED: Declined = {
  message: say('The file mixes PEFT tensors (lora_A) and MLX tensors (lora_a)'),
  advice: say('Save the adapter in one of the two layouts.'),
};
const ONLY_PARAMETERS: Declined = {
  message: say(
    'Every LoRA pair of the adapter belongs to target_parameters of an unknown kind or rank, which are not scored',
  ),
  advice: say('Choose an adapter that targets linear modules (target_modules).'),
};

const FULL_FINE_TUNE: Declined = {
  message: say('The MLX config says fine_tune_type "full": the file contains whole weights, not LoRA'),
  advice: say('Train with fine_tune_type "lora" to get an adapter that can be scored.'),
};

interface Pairs {
  readonly grouped: GroupedTensors;
  readonly pairs: readonly ModuleTensors[];
  readonly keepsStacks: boolean;
}

type ReadParts = Pick<
  Adapter,
  'family' | 'modules' | 'replacements' | 'carried' | 'fanInFanOut' | 'notes' | 'alignedHint'
>;

const byName = (left: AdapterModule, right: AdapterModule): number => naturalCompare(left.name, right.name);

/** All that is no LoRA factor, sorted by what it is to the model. */
function wholeTensors(
  { groups, others }: GroupedTensors,
  pairs: readonly ModuleTensors[],
  isParameterModule: (name: string) => boolean = () => false,
): ReturnType<typeof sortWhole> {
  const ofGroups = groups.flatMap((group) => {
    const { name, parts } = group;
    if (!isPair(group)) return [...parts.values()];
    if (parts.size === 2 || isParameterModule(name)) return [];
    return [parts.get('baseWeight'), parts.get('baseBias')].filter((tensor) => tensor !== undefined);
  });
  const whole = [...others, ...ofGroups];
  const modules = new Set(whole.length === 0 ? [] : pairs.map(({ name }) => name));
  return sortWhole(whole, (name) => modules.has(name));
}

function readMlx(
  { grouped, pairs, keepsStacks }: Pairs,
  input: AdapterInput,
  config: Readonly<Record<string, unknown>>,
): ReadParts {
  const settings = readMlxConfig(config, input.configFile);
  const { scale: global, moduleScales } = settings;
  const modules = pairs.flatMap((group) => {
    const scale = moduleScales.get(group.name) ?? global;
    const dora = group.parts.has('mlxMagnitude') || settings.fineTuneType === 'dora';
    const own = dora ? { scale, unsupported: DORA_REASON } : { scale };
    const module = mlxModule(group, input.weightsFile, own);
    return (keepsStacks || group.parts.size > 2 ? undefined : expertsOf3d(module, own)) ?? [module];
  });
  modules.sort(byName);
  const whole = wholeTensors(grouped, pairs);
  const notes: Message[] = replacementNotes(whole.replacements);
  if (!settings.scaleGiven)
    notes.push(say("No scale is given (lora_parameters.scale): MLX's default of {0} is used.", global));
  if (settings.hasAlpha)
    notes.push(say('lora_parameters.alpha is ignored: the scale is used as is, as in mlx-lm.'));
  return {
    family: 'mlx',
    modules,
    ...whole,
    fanInFanOut: false,
    notes: [...notes, ...rankNotes(modules, ({ name }) => settings.moduleRanks.get(name) ?? settings.rank)],
    ...defined({ alignedHint: settings.alignedHint }),
  };
}

function readPeft(how: Pairs, input: AdapterInput, config: Readonly<Record<string, unknown>>): ReadParts {
  const { grouped, pairs, keepsStacks } = how;
  const fields = readPeftConfig(config, input.configText ?? '{}', input.configFile);
  const patterns = {
    ranks: compilePatterns(fields.rankPattern),
    alphas: compilePatterns(fields.alphaPattern),
    budget: { steps: PATTERN_STEPS_MAX },
  };
  const settingsOf = peftSettings(fields, patterns, configLimit(config)?.reason);
  const isParameterModule = parameterModuleTest(fields.targetParameters);
  const modules: AdapterModule[] = [];
  const parameters: CarriedTensor[] = [];
  const expertsOf = keepsStacks ? () => undefined : expertReader(how, fields, patterns, settingsOf);
  for (const group of pairs) {
    const isParameter = isParameterModule(group.name);
    const experts = expertsOf(group, isParameter);
    for (const expert of experts ?? []) modules.push(expert);
    if (experts !== undefined) continue;
    if (isParameter) {
      for (const tensor of group.parts.values())
        parameters.push({ tensor, reason: TARGET_PARAMETERS_REASON });
    } else modules.push(peftModule(group, input.weightsFile, settingsOf(group)));
  }
  modules.sort(byName);
  const { replacements, carried } = wholeTensors(grouped, pairs, isParameterModule);
  const notes = [
    ...replacementNotes(replacements),
    // Without a config nothing gives ranks to compare with.
    ...(input.configText === undefined ? [NO_CONFIG] : peftNotes(fields, patterns, modules)),
  ];
  return {
    family: 'peft',
    modules,
    replacements,
    carried: [...carried, ...parameters],
    fanInFanOut: fields.fanInFanOut,
    notes,
    ...defined({ alignedHint: fields.alignedHint }),
  };
}

const NO_CONFIG = say(
  "There is no adapter_config.json: PEFT's defaults are used (lora_alpha 8), so scales may be wrong.",
);

/** The patterns of a config, and the one budget of all that is asked of them while it is read. */
interface PreparedPatterns {
  readonly ranks: readonly CompiledPattern[];
  readonly alphas: readonly CompiledPattern[];
  readonly budget: StepBudget;
}

/** Finds the experts that are stacked in one pair of PEFT. */
function expertReader(
  { pairs }: Pairs,
  fields: PeftConfig,
  { ranks, budget }: PreparedPatterns,
  settingsOf: (group: ModuleTensors, rank?: number) => ModuleSettings,
): (group: ModuleTensors, isParameter: boolean) => readonly AdapterModule[] | undefined {
  const parameterOf = parameterFinder(fields.targetParameters, new Set(pairs.map(({ name }) => name)));
  return ({ name, parts }, isParameter) => {
    const [a, b] = [parts.get('a'), parts.get('b')];
    if (a === undefined || b === undefined || parts.size > 2) return undefined;
    if (!isParameter)
      return a.shape.length === 3
        ? expertsOf3d({ name, a, b }, settingsOf({ name, parts }, a.shape[1]))
        : undefined;
    const parameter = parameterOf(name);
    const rank = parameter === undefined ? undefined : valueFor(ranks, fields.r, parameter, budget);
    if (parameter === undefined || rank === undefined) return undefined;
    return parameterExperts({ name: parameter, a, b }, rank, settingsOf({ name: parameter, parts }, rank));
  };
}

/** Scale and limits of a module: alpha/r or alpha/sqrt(r), alpha by the first matching pattern, r by the weights. */
function peftSettings(
  fields: PeftConfig,
  { alphas, budget }: PreparedPatterns,
  limit: Message | undefined,
): (group: ModuleTensors, rank?: number) => ModuleSettings {
  return (group, rank = groupRank(group)) => {
    const alpha = firstMatch(alphas, group.name, budget);
    const value = alpha.kind === 'match' ? alpha.value : fields.loraAlpha;
    const dora = fields.useDora || group.parts.has('magnitude') ? DORA_REASON : undefined;
    const unsupported = limit ?? dora ?? (alpha.kind === 'unknown' ? unknownScale(alpha) : undefined);
    const scale = rank === 0 ? 0 : value / (fields.useRslora ? Math.sqrt(rank) : rank);
    return { scale, blockDiagonal: fields.blockDiagonal, ...defined({ unsupported }) };
  };
}

const unknownScale = ({ key, problem }: { readonly key: string; readonly problem: Message }): Message =>
  say(
    'The alpha_pattern entry {0} cannot be evaluated ({1}): the scale is unknown.',
    displayName(key),
    problem,
  );

function peftNotes(
  fields: PeftConfig,
  { ranks, alphas, budget }: PreparedPatterns,
  modules: readonly AdapterModule[],
): Message[] {
  const notes = [...ranks, ...alphas]
    .filter(({ problem }) => problem !== undefined)
    .map(({ key, problem }) => say('Pattern {0} cannot be evaluated: {1}.', displayName(key), problem ?? ''));
  return [...notes, ...rankNotes(modules, ({ name }) => valueFor(ranks, fields.r, name, budget))];
}

function rankNotes(
  modules: readonly AdapterModule[],
  expected: (module: AdapterModule) => number | undefined,
): Message[] {
  const others = modules.filter(
    // The rank of a stack is what the config says: it tells how many experts there are.
    (module) => module.stack === undefined && (expected(module) ?? module.rank) !== module.rank,
  );
  if (others.length === 0) return [];
  const names = quotedList(others.map(({ name }) => name));
  return [
    say('The rank in the config differs from the weights of {0}: the rank of the weights is used.', names),
  ];
}
