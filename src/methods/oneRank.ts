import {
  applyEdits,
  objectMembers,
  replaceValue,
  setMember,
  setMlxParameter,
} from '../core/adapter/jsonText';
import { readPeftConfig } from '../core/adapter/peftConfig';
import { compilePatterns, firstMatch, PATTERN_STEPS_MAX } from '../core/adapter/peftNames';
import { refuseGrowth } from '../core/adapter/growth';
import type { Adapter } from '../core/adapter/types';
import { badRequest } from '../core/errors';
import { say, type Message } from '../core/message';
import { displayName } from '../core/safetensors/displayName';
import { narrowConfig } from './prune/narrowConfig';
import type { Settled, WrittenModule } from './types';

/** Scales that differ by less (relative) are the same, rounded. */
const SAME_SCALE = 1e-9;
/** vLLM's default of --max-lora-rank. */
const VLLM_RANK = 16;

/** @throws SploraError `bad-request` where the scale of a module cannot be known, or is not alpha/r */
export function refuseUnknownScales(adapter: Adapter, configText: string, advice: Message): void {
  const fields = readPeftConfig(adapter.config, configText, adapter.configFile);
  const patterns = compilePatterns(fields.alphaPattern);
  const budget = { steps: PATTERN_STEPS_MAX };
  const unknown = adapter.modules.find(({ name }) => firstMatch(patterns, name, budget).kind === 'unknown');
  if (unknown !== undefined) {
    const name = displayName(unknown.name);
    const message = say(
      'The scale of {0} is unknown, since an alpha_pattern entry cannot be evaluated',
      name,
    );
    throw badRequest(message, advice, adapter.weightsFile);
  }
  if (fields.targetParameters.length > 0 || fields.blockDiagonal) {
    const what = fields.blockDiagonal ? say('block-diagonal factors') : 'target_parameters';
    throw badRequest(
      say('The adapter has {0}, whose scale cannot be baked', what),
      advice,
      adapter.weightsFile,
    );
  }
}

/** The config with `r` for all modules and without patterns. `r` is known to every version, so that it may be added. */
export function withOneRank(text: string, rank: number): string {
  const patterns = objectMembers(text).filter(({ key }) => key === 'rank_pattern' || key === 'alpha_pattern');
  return applyEdits(text, [
    ...patterns.map((member) => replaceValue(member, '{}')),
    ...setMember(text, 0, 'r', () => String(rank)),
  ]);
}

const ADVICE = say(
  'Choose another method, or make its ranks and scales equal first (splora prune --bake-scale).',
);

/**
 * What follows from new ranks: where they fit into the old ones, zeros are appended and the config stays. Else all modules
 * get the largest rank and one scale, without patterns, so that loaders that know no patterns are right too.
 * @param adapter with the modules that stay
 * @throws SploraError `bad-request` without a config, for scales that are not known, and where padding would make a file
 * of many times the size
 */
export function settleRanks(
  adapter: Adapter,
  configText: string | undefined,
  written: ReadonlyMap<string, WrittenModule>,
  isCompressed = false,
): Settled {
  const own = new Map(adapter.modules.map((module) => [module.name, module]));
  const isNew = [...written.keys()].some((name) => !own.has(name));
  const grows = [...written].some(([name, { rank }]) => rank > (own.get(name)?.rank ?? 0));
  if (!isNew && !grows && !isCompressed)
    return {
      ranks: new Map([...own].flatMap(([name, { rank }]) => (written.has(name) ? [[name, rank]] : []))),
      factor: () => 1,
      notes: [],
      record: {},
    };
  if (configText === undefined)
    throw badRequest(
      say('There is no adapter_config.json to write the new rank into'),
      say('Add the one that the adapter was trained with.'),
      adapter.weightsFile,
    );
  const names = [...new Set([...own.keys(), ...written.keys()])];
  const rankOf = (name: string): number => written.get(name)?.rank ?? own.get(name)?.rank ?? 0;
  const rank = names.reduce((most, name) => Math.max(most, rankOf(name)), 1);
  const sized = adapter.modules.map(({ name, a, b, rank: before }) => ({
    ...{ name, rank: rankOf(name) },
    bytesPerRank: (a.byteLength + b.byteLength) / before,
  }));
  refuseGrowth(sized, rank, adapter.weightsFile, ADVICE);
  const { text, scale } = withOneScale(adapter, configText, rank);
  return {
    ranks: new Map(names.map((name) => [name, rank])),
    factor: (module) => ratio(own.get(module)?.scale ?? 1, scale),
    configText: isNew ? targeting(adapter, text, names) : text,
    notes: rankNotes(adapter, rank),
    record: { rank },
  };
}

/** The config that targets all of these modules by name. */
function targeting({ family, modules }: Adapter, text: string, names: readonly string[]): string {
  const stackOf = new Map(modules.map(({ name, stack }) => [name, stack]));
  const kept = [...new Set(modules.flatMap(({ stack }) => stack ?? []))];
  const plain = names.filter((name) => stackOf.get(name) === undefined);
  return narrowConfig(family, text, plain, [], { kept, removed: [] });
}

function rankNotes({ modules }: Adapter, rank: number): readonly Message[] {
  const before = modules.reduce((most, module) => Math.max(most, module.rank), 0);
  if (rank <= before) return [];
  return rank > VLLM_RANK
    ? [say('The rank grows from {0} to {1}. vLLM needs --max-lora-rank {1} or more.', before, rank)]
    : [say('The rank grows from {0} to {1}.', before, rank)];
}

/** One rank, and one scale for all modules: that of the first one, if alpha is a whole number then, else 1. */
function withOneScale(
  adapter: Adapter,
  configText: string,
  rank: number,
): { readonly text: string; readonly scale: number } {
  const first = adapter.modules[0]?.scale ?? 1;
  if (adapter.family === 'mlx')
    return { text: setMlxParameter(configText, 'rank', () => String(rank)), scale: first };
  refuseUnknownScales(adapter, configText, ADVICE);
  const alpha = Math.round(first * rank);
  const isWhole = alpha !== 0 && ratio(alpha / rank, first) === 1;
  const text = withOneRank(configText, rank);
  const rsLora = objectMembers(text).filter(({ key }) => key === 'use_rslora');
  return {
    text: applyEdits(text, [
      ...rsLora.map((member) => replaceValue(member, 'false')),
      ...setMember(text, 0, 'lora_alpha', () => String(isWhole ? alpha : rank)),
    ]),
    scale: isWhole ? alpha / rank : 1,
  };
}

function ratio(scale: number, other: number): number {
  const exact = scale / other;
  return Math.abs(exact - 1) < SAME_SCALE ? 1 : exact;
}
