import type { LoaderCheck } from '../core/check/types';
import { SMALLEST_POPULATION } from '../core/ediem/scores';
import { badRequest } from '../core/errors';
import { evidenceOf } from '../core/evidence/evidence';
import { flag, integer, number, type OptionValues } from '../core/options';
import { isPair, type AnalysisDocument, type ModuleResult } from '../core/report/analysis';
import { LOADER_NAMES } from '../core/report/loaders';
import { visibleText } from '../core/report/escape';
import { formatModules, formatScore, needsPopulation, scoreInfo } from '../core/report/scores';
import { selectedCount, orderOf } from '../core/selection/select';
import type { ModuleVerdict, SelectionOptions } from '../core/selection/types';
import { render, say, type Message } from '../core/message';

/** Conditions on which a training pipeline can stop. */
export const GATE_FLAGS = {
  failAbove: number('Exit with code 1 if a module scores above this value.'),
  maxSelected: integer('Exit with code 1 if the rule selects more than this many modules.', { minimum: 0 }),
  maxStandouts: integer('Exit with code 1 if more than this many modules stand out.', { minimum: 0 }),
  allowUnscored: flag('With a gate: changes that no score covers do not fail it.'),
} as const;

export type GateFlags = Partial<OptionValues<typeof GATE_FLAGS>>;

/** Whether any gate is asked for. */
export function hasGate({ failAbove, maxSelected, maxStandouts }: GateFlags): boolean {
  return [failAbove, maxSelected, maxStandouts].some((limit) => limit !== undefined);
}

/** Something that the adapter changes and no score covers, and why. */
export interface Unscored {
  readonly name: string;
  readonly reason: Message;
}

/**
 * Rejects a gate that contradicts the order, before any weight is read.
 * @throws SploraError `bad-request`
 */
export function checkGates({ failAbove }: GateFlags, selection: SelectionOptions): void {
  const { rankBy } = selection;
  if (failAbove === undefined || orderOf(selection) === 'largest') return;
  throw badRequest(
    say('--fail-above does not work with {0}, where the smallest values go first.', scoreInfo[rankBy].label),
    say('Use --rank-by {0} --threshold T --max-selected N instead.', rankBy),
  );
}

/** Names in one line of a gate; the JSON has all. */
const MAX_NAMED = 5;
const MAX_REASON = 300;

/** One line for each gate that does not hold. A gate that was not tried on every change does not hold. */
export function failedGates(
  flags: GateFlags,
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
  unscored: readonly Unscored[],
): readonly string[] {
  if (!hasGate(flags)) return [];
  return [
    ...(flags.allowUnscored === true ? [] : couldNotBeScored(unscored)),
    ...scoresAbove(flags, document, selection),
    ...tooManySelected(flags, document, verdicts, selection),
    ...tooManyStandOut(flags, document),
  ];
}

function scoresAbove(
  { failAbove }: GateFlags,
  document: AnalysisDocument,
  { rankBy }: SelectionOptions,
): readonly string[] {
  if (failAbove === undefined) return [];
  const above = document.modules.flatMap((result) =>
    result.status === 'scored' && result[rankBy] > failAbove
      ? [{ module: result.module, score: result[rankBy] }]
      : [],
  );
  const [worst] = above.sort((left, right) => right.score - left.score);
  if (worst === undefined) return [];
  const rest = above.length === 1 ? '' : ` and ${above.length - 1} more`;
  return [
    `gate failed: ${visibleText(worst.module)} (${formatScore(rankBy, worst.score)})${rest} above ${failAbove} by ${scoreInfo[rankBy].label}.`,
  ];
}

function tooManySelected(
  { maxSelected }: GateFlags,
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
): readonly string[] {
  const selected = selectedCount(verdicts) + replacementsBeyond(document, verdicts, selection);
  if (maxSelected === undefined || selected <= maxSelected) return [];
  const are = selected === 1 ? 'is' : 'are';
  return [`gate failed: ${formatModules(selected)} ${are} selected, at most ${maxSelected} may be.`];
}

function tooManyStandOut({ maxStandouts }: GateFlags, document: AnalysisDocument): readonly string[] {
  const { length } = evidenceOf(document).standsOut;
  if (maxStandouts === undefined || length <= maxStandouts) return [];
  const stand = length === 1 ? 'stands' : 'stand';
  return [`gate failed: ${formatModules(length)} ${stand} out, at most ${maxStandouts} may.`];
}

/** Replacements at the threshold or beyond it: no rule takes them, and a gate has to count them all the same. */
function replacementsBeyond(
  { modules }: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
): number {
  const { rule, rankBy } = selection;
  if (rule.kind !== 'threshold') return 0;
  const sign = orderOf(selection) === 'largest' ? 1 : -1;
  return modules.filter(
    (result, at) =>
      !isPair(result) &&
      result.status === 'scored' &&
      verdicts[at]?.by === 'rule' &&
      sign * result[rankBy] >= sign * rule.threshold,
  ).length;
}

/**
 * All that the adapter changes, or may change, without a score that means something. An `inactive` module changes
 * nothing. Names are not escaped.
 */
export function unscoredChanges(
  { modules, carried }: AnalysisDocument,
  { rankBy }: Pick<SelectionOptions, 'rankBy'>,
): readonly Unscored[] {
  return [
    ...modules.flatMap((result) => {
      const reason = unscoredReason(result, needsPopulation(rankBy));
      return reason === undefined ? [] : [{ name: result.module, reason }];
    }),
    ...carried.map(({ tensor, reason }) => ({ name: tensor, reason })),
  ];
}

function unscoredReason(result: ModuleResult, isRelative: boolean): Message | undefined {
  if (result.status === 'unmatched' || result.status === 'unsupported') return result.reason;
  if (result.status !== 'scored' || !isRelative || result.population.size >= SMALLEST_POPULATION)
    return undefined;
  return say(
    'E-DIEM compares modules, and there are only {0} to compare with. Use --rank-by updateNorm.',
    result.population.size,
  );
}

/**
 * What a loader makes of the adapter that scores do not show: modules that it ignores (they are in the population of the
 * others all the same) or applies with another scale, and what it adds. Overwritten weights have scores. Names are not
 * escaped.
 */
export function loaderChanges({
  loader,
  altered,
  silent,
  unsure,
  findings,
}: LoaderCheck): readonly Unscored[] {
  return [
    ...[...altered, ...silent, ...unsure].map(({ module, reason }) => ({ name: module, reason })),
    ...findings.flatMap(({ severity, field, message, change }) =>
      severity === 'silent' && change !== 'base-weights'
        ? [{ name: field ?? LOADER_NAMES[loader], reason: message }]
        : [],
    ),
  ];
}

/** A reason in brackets: sentences end with a full stop, and reasons may be some. */
const phrase = (reason: Message): string => render(reason).replace(/\.$/, '');

function couldNotBeScored(unknown: readonly Unscored[]): readonly string[] {
  if (unknown.length === 0) return [];
  const named = unknown
    .slice(0, MAX_NAMED)
    .map(({ name, reason }) => `${visibleText(name)} (${visibleText(phrase(reason), MAX_REASON)})`);
  const rest = unknown.length > MAX_NAMED ? ` and ${unknown.length - MAX_NAMED} more` : '';
  const count = unknown.length === 1 ? '1 change' : `${unknown.length} changes`;
  return [
    `gate failed: no score covers ${count}: ${named.join(', ')}${rest}. --allow-unscored lets them pass.`,
  ];
}
