import { type Command, InvalidArgumentError, Option } from 'commander';
import { SploraError } from '../core/errors';
import type { ScoreName } from '../core/ediem/types';
import { RANKING_SCORES, SCORE_NAMES } from '../core/report/scores';
import type { Order, Rule, SelectionOptions } from '../core/selection/types';
import { say } from '../core/message';

/** Flags that select modules, as commander parses them. */
export interface SelectionFlags {
  readonly rankBy?: ScoreName;
  readonly order?: Order;
  readonly top?: number;
  readonly threshold?: number;
  readonly fraction?: number;
  readonly pinPrune?: readonly string[];
  readonly pinKeep?: readonly string[];
}

/** The rule without flags: that of the published method. */
export const DEFAULT_TOP = 10;
export const DEFAULT_RANK_BY: ScoreName = 'ediemIqr';

/** Adds the flags to a command. */
export function addSelectionFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--top <k>', `the k modules that stand out most (default: ${DEFAULT_TOP})`).argParser(
        wholeNumber,
      ),
    )
    .addOption(
      new Option('--threshold <t>', 'every module with a score of t or beyond').argParser(finiteNumber),
    )
    .addOption(
      new Option('--fraction <f>', 'this share of the scored modules, 0 to 1').argParser(finiteNumber),
    )
    .addOption(
      new Option(
        '--rank-by <score>',
        `the score that decides: ${RANKING_SCORES.join(', ')} or any other of the JSON (default: ${DEFAULT_RANK_BY})`,
      ).argParser(scoreChoice),
    )
    .addOption(
      new Option('--order <end>', 'which end goes first (default: as the score is meant)').choices([
        'largest',
        'smallest',
      ]),
    )
    .option('--pin-prune <module>', 'this module goes, whatever the rule says (repeatable)', collect)
    .option('--pin-keep <module>', 'this module stays, whatever the rule says (repeatable)', collect);
}

/** A decimal number; not `0x10`, ` ` or `1e999`. */
export function finiteNumber(text: string): number {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(Number(text))) {
    throw new InvalidArgumentError('It must be a number.');
  }
  return Number(text);
}

/** A whole number from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return Number(text);
}

/** A whole number from 1. */
export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('It must be 1 or more.');
  return value;
}

function scoreChoice(text: string): ScoreName {
  const name = SCORE_NAMES.find((candidate) => candidate === text);
  if (name === undefined) throw new InvalidArgumentError(`It must be one of ${SCORE_NAMES.join(', ')}.`);
  return name;
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** Whether a flag sets a rule; pins do not. */
export function hasRuleFlags(flags: SelectionFlags): boolean {
  return ruleFlags(flags).length > 0 || flags.rankBy !== undefined || flags.order !== undefined;
}

/**
 * The flags as a selection.
 * @throws SploraError `bad-request` when two rules are given
 */
export function selectionOf(flags: SelectionFlags): SelectionOptions {
  const given = ruleFlags(flags);
  if (given.length > 1) {
    throw new SploraError({
      code: 'bad-request',
      message: say('{0} cannot be combined.', given.map(({ flag }) => flag).join(' and ')),
      advice: say('Give one rule; pins (--pin-prune, --pin-keep) go with any.'),
    });
  }
  return {
    rule: given[0]?.rule ?? { kind: 'top', k: DEFAULT_TOP },
    rankBy: flags.rankBy ?? DEFAULT_RANK_BY,
    ...(flags.order === undefined ? {} : { order: flags.order }),
    pins: { keep: flags.pinKeep ?? [], prune: flags.pinPrune ?? [] },
  };
}

function ruleFlags({ top, threshold, fraction }: SelectionFlags): readonly { flag: string; rule: Rule }[] {
  return [
    ...(top === undefined ? [] : [{ flag: '--top', rule: { kind: 'top', k: top } as const }]),
    ...(threshold === undefined
      ? []
      : [{ flag: '--threshold', rule: { kind: 'threshold', threshold } as const }]),
    ...(fraction === undefined
      ? []
      : [{ flag: '--fraction', rule: { kind: 'fraction', fraction } as const }]),
  ];
}
