import type { ScoreName } from '../ediem/types';
import type { ModuleVerdict } from '../selection/types';
import { standingOut } from '../evidence/evidence';
import type { StandsOut } from '../evidence/types';
import { isPair, type AnalysisDocument, type ModuleResult } from './analysis';
import { splitModuleName, type ModuleNameParts } from './moduleName';
import { COMPANION_SCORES, formatScoreOf, formatShape, scoreInfo } from './scores';

/** One module with its verdict: what a row of any table shows. */
export interface TableRow {
  readonly result: ModuleResult;
  readonly parts: ModuleNameParts;
  /** Null where no selection was made. */
  readonly verdict: ModuleVerdict | null;
  /** Why it stands out; null: it does not. */
  readonly standsOut: StandsOut | null;
}

/** A column of a table for users. `text` is not escaped: names are hostile. */
export interface TableColumn {
  readonly id: string;
  readonly label: string;
  readonly align: 'left' | 'right';
  readonly text: (row: TableRow) => string;
}

/**
 * Rows in the order in which modules go, after the replacements, which have no place in it; unscored ones follow in the
 * document's (natural) order.
 */
export function tableRows(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[] = [],
): readonly TableRow[] {
  const byModule = new Map(verdicts.map((verdict) => [verdict.module, verdict]));
  const evidence = standingOut(document);
  return document.modules
    .map((result) => ({
      result,
      parts: splitModuleName(result.module),
      verdict: byModule.get(result.module) ?? null,
      standsOut: evidence.get(result.module) ?? null,
    }))
    .sort((left, right) => position(left) - position(right));
}

/** Unscored modules come last; the sort is stable, so they keep their order. */
function position(row: TableRow): number {
  if (!isPair(row.result)) return 0;
  return row.verdict?.rankPosition ?? Number.MAX_SAFE_INTEGER;
}

/** Columns for a ranking by `rankBy`: place, module, that score, the scores beside it, shape, rank, why it stands out, whether it is selected. */
export function tableColumns(rankBy: ScoreName): readonly TableColumn[] {
  const scores = [rankBy, ...COMPANION_SCORES.filter((name) => name !== rankBy)];
  return [
    { id: 'position', label: '#', align: 'right', text: (row) => String(row.verdict?.rankPosition ?? '–') },
    { id: 'module', label: 'module', align: 'left', text: (row) => row.result.module },
    ...scores.map((name): TableColumn => {
      const text = (row: TableRow): string => formatScoreOf(row.result, name);
      return { id: name, label: scoreInfo[name].short, align: 'right', text };
    }),
    { id: 'shape', label: 'shape', align: 'right', text: (row) => formatShape(row.result.shape) },
    {
      id: 'rank',
      label: 'r',
      align: 'right',
      text: ({ result }) => (isPair(result) ? String(result.rank) : 'full'),
    },
    { id: 'evidence', label: 'stands out', align: 'left', text: evidenceText },
    { id: 'verdict', label: 'selection', align: 'left', text: verdictText },
  ];
}

/** `by reversal`, `by reversal, size`, `by size`, or nothing. */
function evidenceText({ standsOut }: TableRow): string {
  return standsOut === null ? '' : `by ${standsOut.reasons.map(({ kind }) => kind).join(', ')}`;
}

/** `selected`, `keep (pinned)`, `inactive`, `replaced`, … and nothing for a module that the rule leaves alone. */
function verdictText({ result, verdict }: TableRow): string {
  if (verdict?.by === 'pin') return verdict.verdict === 'prune' ? 'selected (pinned)' : 'keep (pinned)';
  if (result.status !== 'scored') return isPair(result) ? result.status : `replaced, ${result.status}`;
  if (!isPair(result)) return 'replaced';
  return verdict?.verdict === 'prune' ? 'selected' : '';
}
