import type { ModuleVerdict } from '../selection/types';
import type { AnalysisDocument } from './analysis';
import { csvField, visibleText } from './escape';
import { SCORE_NAMES } from './scores';
import { tableRows, type TableRow } from './table';

const HEAD = ['module', 'status', 'reason', 'm', 'n', 'rank', 'scale', 'bytes'] as const;
const TAIL = ['populationKind', 'populationSize', 'position', 'verdict', 'by'] as const;

/**
 * All modules as CSV (RFC 4180: CRLF, all texts quoted), in the order in which they go. Numbers keep full precision;
 * what is missing is empty; an apostrophe stands before what a spreadsheet would run as a formula; control and other
 * invisible characters of names are spelt out.
 */
export function formatCsv(document: AnalysisDocument, verdicts: readonly ModuleVerdict[] = []): string {
  const lines = [[...HEAD, ...SCORE_NAMES, ...TAIL], ...tableRows(document, verdicts).map(fields)];
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

function fields({ result, verdict }: TableRow): readonly (string | number | null)[] {
  return [
    whole(result.module),
    result.status,
    result.status === 'scored' ? null : whole(result.reason),
    ...result.shape,
    result.rank,
    result.scale,
    result.bytes,
    ...SCORE_NAMES.map((name) => result[name]),
    result.population?.kind ?? null,
    result.population?.size ?? null,
    verdict?.rankPosition ?? null,
    verdict?.verdict ?? null,
    verdict?.by ?? null,
  ];
}

/** A terminal runs what a spreadsheet only shows. Names keep their length: a program looks them up. */
function whole(text: string): string {
  return visibleText(text, Infinity);
}
