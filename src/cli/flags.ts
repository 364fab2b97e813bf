import { type Command, InvalidArgumentError, Option } from 'commander';
import { ANALYSIS_OPTIONS, SCORED_LOADER } from '../core/ediem/options';
import type { ScoreName } from '../core/ediem/types';
import { badRequest } from '../core/errors';
import { say } from '../core/message';
import {
  choice,
  flag,
  integer,
  modelOption,
  number,
  option,
  pathOption,
  type Option as Declaration,
  type OptionValues,
} from '../core/options';
import type { AnalysisOptions } from '../core/report/analysis';
import { RANKING_SCORES, SCORE_NAMES } from '../core/report/scores';
import type { Rule, SelectionOptions } from '../core/selection/types';

/** The rule without flags: that of the published method. */
const DEFAULT_TOP = 10;
const DEFAULT_RANK_BY: ScoreName = 'ediemIqr';

export const PRINT_JSON = flag('Print JSON.');
export const COPY_REST = flag('Also copy the other files in the folder (tokenizer, README).');
export const QUIET = flag('Do not show progress on standard error.');

/** Which weights are read, and how they are scored. */
export const SCORE_FLAGS = {
  base: modelOption('The unaligned (pretrained) model: folder, .safetensors file, or Hugging Face repo ID.'),
  aligned: modelOption('The aligned (chat) model that the adapter was trained on.'),
  ...ANALYSIS_OPTIONS,
  loader: SCORED_LOADER,
  threads: integer('Number of worker threads (default: one per core).', { minimum: 1 }),
  quiet: QUIET,
} as const;

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value);

/** For a method that needs a second adapter. */
export const SAFETY_FLAG = {
  safety: pathOption(
    'Adapter that was trained on the same model to refuse: folder, or its .safetensors file.',
  ),
} as const;

/** Which modules are selected. */
export const SELECTION_FLAGS = {
  top: integer(`Select the first n modules of the ranking (default: ${DEFAULT_TOP}).`, { minimum: 0 }),
  threshold: number('Select every module with this score or beyond.'),
  fraction: number('Select this fraction of the scored modules, 0 to 1.'),
  rankBy: choice(
    SCORE_NAMES,
    `The score that decides, usually one of ${RANKING_SCORES.join(', ')} (default: ${DEFAULT_RANK_BY}).`,
  ),
  order: choice(
    ['largest', 'smallest'],
    "Which end of the ranking is pruned first (default: the score's own order).",
  ),
  pinPrune: option('array', 'Always prune this module, regardless of the rule (repeatable).', isTexts),
  pinKeep: option('array', 'Always keep this module, regardless of the rule (repeatable).', isTexts),
} as const;

/** What a table of flags is parsed into. */
export type FlagValues<T> = Partial<OptionValues<T>>;
export type ScoreFlags = AnalysisOptions & FlagValues<typeof SCORE_FLAGS>;
export type SelectionFlags = FlagValues<typeof SELECTION_FLAGS>;

/** Adds a flag for each option: `bakeScale` is `--bake-scale`. */
export function addFlags(command: Command, table: Readonly<Record<string, Declaration<unknown>>>): Command {
  for (const [name, declaration] of Object.entries(table)) command.addOption(optionFlag(name, declaration));
  return command;
}

function optionFlag(name: string, declaration: Declaration<unknown>): Option {
  const { type, choices, names, description = '', default: value } = declaration;
  const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const isNumber = type === 'number' || type === 'integer';
  const shown =
    names ?? (isNumber ? 'n' : type === 'array' ? 'module' : choices === undefined ? type : 'choice');
  // Descriptions are sentences; flags have phrases.
  const phrase = description.charAt(0).toLowerCase() + description.slice(1).replace(/\.$/, '');
  const made = new Option(type === 'boolean' ? long : `${long} <${shown}>`, phrase);
  if (choices !== undefined) made.choices(choices);
  if (isNumber) made.argParser((text) => parseNumber(text, declaration));
  if (type === 'array')
    made.argParser((text, previous: readonly string[] | undefined) => [...(previous ?? []), text]);
  return value === undefined || value === false ? made : made.default(value);
}

/** Decimal; not `0x10`, ` ` or `1e999`. */
export function parseNumber(text: string, { type, accepts, minimum, maximum }: Declaration<unknown>): number {
  const pattern = type === 'integer' ? /^\d+$/ : /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
  const value = pattern.test(text) ? Number(text) : NaN;
  if (accepts(value) && (type === 'number' || Number.isSafeInteger(value))) return value;
  const range = maximum === undefined ? `, ${minimum ?? 0} or more` : ` from ${minimum ?? 0} to ${maximum}`;
  throw new InvalidArgumentError(
    `It must be a ${type === 'integer' ? 'whole ' : ''}number${minimum === undefined ? '' : range}.`,
  );
}

/** Whether a flag sets a rule; pins do not. */
export function hasRuleFlags(flags: SelectionFlags): boolean {
  return rulesOf(flags).length > 0 || flags.rankBy !== undefined || flags.order !== undefined;
}

/**
 * The flags as a selection.
 * @throws SploraError `bad-request` when two rules are given
 */
export function selectionOf(flags: SelectionFlags): SelectionOptions {
  const [rule = { kind: 'top', k: DEFAULT_TOP }, ...others] = rulesOf(flags);
  if (others.length > 0)
    throw badRequest(
      say('{0} cannot be combined.', [rule, ...others].map(({ kind }) => `--${kind}`).join(' and ')),
      say('Give one rule; pins (--pin-prune, --pin-keep) go with any.'),
    );
  return {
    rule,
    rankBy: flags.rankBy ?? DEFAULT_RANK_BY,
    ...(flags.order === undefined ? {} : { order: flags.order }),
    pins: { keep: flags.pinKeep ?? [], prune: flags.pinPrune ?? [] },
  };
}

function rulesOf({ top, threshold, fraction }: SelectionFlags): readonly Rule[] {
  return [
    ...(top === undefined ? [] : [{ kind: 'top', k: top } as const]),
    ...(threshold === undefined ? [] : [{ kind: 'threshold', threshold } as const]),
    ...(fraction === undefined ? [] : [{ kind: 'fraction', fraction } as const]),
  ];
}
