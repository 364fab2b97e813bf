import type { ModuleVerdict } from '../selection/types';
import type { AnalysisDocument } from './analysis';
import { csvField, visibleText } from './escape';
import { SCORE_NAMES } from './scores';
import { tableRows, type TableRow } from './table';
import { render } from '../message';

const HEAD = ['module', 'status', 'reason', 'm', 'n', 'rank', 'scale', 'bytes'] as const;
const TAIL = ['populationKind', 'populationSize', 'position', 'verdict', 'by', 'standsOut', 'kind'] as const;

/**
 * All modules, then all tensors that no score covers, as CSV (RFC 4180: CRLF, all texts quoted), in the order in which
 * they go. Numbers keep full precision; what is missing is empty; an apostrophe is put before what a spreadsheet would run
 * as a formula; control and other invisible characters of names are spelled out.
 */
export function formatCsv(document: AnalysisDocument, verdicts: readonly ModuleVerdict[] = []): string {
  const lines = [
    [...HEAD, ...SCORE_NAMES, ...TAIL],
    ...tableRows(document, verdicts).map(fields),
    ...document.carried.map(carriedFields),
  ];
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

function fields({ result, verdict, standsOut }: TableRow): readonly (string | number | null)[] {
  return [
    whole(result.module),
    result.status,
    result.status === 'scored' ? null : whole(render(result.reason)),
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
    standsOut === null ? null : standsOut.reasons.map(({ kind }) => kind).join(' '),
    result.kind ?? 'pair',
  ];
}

/** In the columns of a module: name, status, reason, and the kind at the end. */
function carriedFields({ tensor, reason }: AnalysisDocument['carried'][number]): readonly (string | null)[] {
  const none = [...HEAD.slice(3), ...SCORE_NAMES, ...TAIL.slice(1)].map(() => null);
  return [whole(tensor), 'carried', whole(render(reason)), ...none, 'tensor'];
}

/** A terminal runs what a spreadsheet only shows. Names keep their length: a program looks them up. */
function whole(text: string): string {
  return visibleText(text, Infinity);
}
