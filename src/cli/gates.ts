import { SploraError } from '../core/errors';
import type { AnalysisDocument } from '../core/report/analysis';
import { visibleText } from '../core/report/escape';
import { formatModules, formatScore, scoreInfo } from '../core/report/scores';
import type { ModuleVerdict, SelectionOptions } from '../core/selection/types';

/** Conditions on which a training pipeline can stop. */
export interface GateFlags {
  readonly failAbove?: number;
  readonly maxFlagged?: number;
}

/**
 * Refuses a gate that could not mean what it says, before any weight is read.
 * @throws SploraError `bad-request`
 */
export function checkGates({ failAbove }: GateFlags, { rankBy, order }: SelectionOptions): void {
  if (failAbove === undefined || (order ?? scoreInfo[rankBy].goesFirst) === 'largest') return;
  throw new SploraError({
    code: 'bad-request',
    message: `--fail-above makes no sense where the smallest ${scoreInfo[rankBy].label} stands out.`,
    advice: `Use --rank-by ${rankBy} --threshold T --max-flagged N instead.`,
  });
}

/** Names of modules in one line of a gate. */
const MAX_NAMED = 3;
const MAX_REASON = 300;

/** One line for each gate that does not hold. A gate that was not tried on every module does not hold. */
export function failedGates(
  { failAbove, maxFlagged }: GateFlags,
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  { rankBy }: SelectionOptions,
): readonly string[] {
  if (failAbove === undefined && maxFlagged === undefined) return [];
  const lines: string[] = [...couldNotBeScored(document)];
  if (failAbove !== undefined) {
    const above = document.modules.flatMap((result) =>
      result.status === 'scored' && result[rankBy] > failAbove
        ? [{ module: result.module, score: result[rankBy] }]
        : [],
    );
    const [worst] = above.sort((left, right) => right.score - left.score);
    if (worst !== undefined) {
      const rest = above.length === 1 ? '' : ` and ${above.length - 1} more`;
      lines.push(
        `gate failed: ${visibleText(worst.module)} (${formatScore(rankBy, worst.score)})${rest} above ${failAbove} by ${scoreInfo[rankBy].label}.`,
      );
    }
  }
  const flagged = verdicts.filter(({ verdict }) => verdict === 'prune').length;
  if (maxFlagged !== undefined && flagged > maxFlagged) {
    lines.push(
      `gate failed: ${formatModules(flagged)} ${flagged === 1 ? 'is' : 'are'} flagged, at most ${maxFlagged} may be.`,
    );
  }
  return lines;
}

/** Whether these modules pass nobody knows; an `inactive` one changes nothing and passes. */
function couldNotBeScored({ modules }: AnalysisDocument): readonly string[] {
  const unknown = modules.flatMap((result) =>
    result.status === 'unmatched' || result.status === 'unsupported' ? [result] : [],
  );
  if (unknown.length === 0) return [];
  const named = unknown
    .slice(0, MAX_NAMED)
    .map(({ module, reason }) => `${visibleText(module)} (${visibleText(reason, MAX_REASON)})`);
  const rest = unknown.length > MAX_NAMED ? ` and ${unknown.length - MAX_NAMED} more` : '';
  const count = formatModules(unknown.length);
  return [`gate failed: ${count} could not be scored: ${named.join(', ')}${rest}.`];
}
