import { errorLine, renderError, type ErrorData } from '../../errors';
import { render, type Message } from '../../message';
import { csvField, jsonText, visibleText } from '../../report/escape';
import { bullet, markdownTable } from '../evaluation/markdown';
import { ADAPTER, ALIGNED, summarize, TOKEN_ACCURACY } from '../evaluation/summarize';
import { READING, taskLabel, type TextTable } from '../evaluation/table';
import { NOT_REFUSED_READING, NOT_TESTED } from './outcome';
import { pointLabel, shareText } from './table';
import { figuresOf, NOT_REFUSED, notRefused, notRefusedShare, overRefused, scoreOf } from './target';
import { REPAIRED, type Figures, type RepairDocument, type RepairOutcome, type RepairTarget } from './types';
import { repairWarnings } from './warnings';

/** Raised when a field changes meaning or is removed. */
const SWEEP_SCHEMA_VERSION = 1;

/** One checkpoint of a run, before and after its repair; shares are of the test split. */
export interface SweptCheckpoint {
  readonly name: string;
  /** Folder, or weights file. */
  readonly adapter: string;
  /** Null: the final adapter. */
  readonly step: number | null;
  readonly outcome: RepairOutcome | 'failed';
  readonly before: Figures | null;
  /** Null: nothing was tried. */
  readonly after: Figures | null;
  /** The method and its options, as the report of the repair calls them. */
  readonly strength: string | null;
  /** Folder; null: nothing was written. */
  readonly out: string | null;
  readonly warnings: readonly Message[];
  /** Why it failed. */
  readonly error: ErrorData | null;
}

/** The repair of all checkpoints of a training run with the same prompts. */
export interface SweepDocument {
  readonly toolVersion: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Folder. */
  readonly run: string;
  readonly base: string | null;
  readonly aligned: string;
  readonly method: string;
  readonly target: RepairTarget;
  /** Of the aligned model on the test split; null: every repair failed. */
  readonly reference: Figures | null;
  /** By step, the final adapter last. */
  readonly checkpoints: readonly SweptCheckpoint[];
}

export type CheckpointHead = Pick<SweptCheckpoint, 'name' | 'adapter' | 'step'>;

/** What a variant did on the test split. */
export function testFiguresOf({ test }: Pick<RepairDocument, 'test'>, id: string): Figures | null {
  const variant = summarize(test).variants.find((one) => one.id === id);
  return variant === undefined ? null : figuresOf(variant);
}

export function sweptCheckpoint(head: CheckpointHead, document: RepairDocument): SweptCheckpoint {
  const { outcome, points, chosen, written } = document;
  const point = chosen === null ? undefined : points[chosen];
  return {
    ...head,
    outcome,
    before: testFiguresOf(document, ADAPTER),
    after: testFiguresOf(document, REPAIRED),
    strength: point === undefined ? null : pointLabel(point, points),
    out: written?.out ?? null,
    warnings: repairWarnings(document),
    error: null,
  };
}

export function failedCheckpoint(head: CheckpointHead, error: ErrorData): SweptCheckpoint {
  return {
    ...head,
    ...{ outcome: 'failed', before: null, after: null, strength: null, out: null, warnings: [], error },
  };
}

/** Of the aligned model, which is the same for all checkpoints. */
export const referenceOf = (document: RepairDocument): Figures | null => testFiguresOf(document, ALIGNED);

/** Every export of a sweep, by the extension of its file. */
export const SWEEP_EXPORTS: ReadonlyMap<string, (document: SweepDocument) => string> = new Map([
  ['json', formatSweep],
  ['md', formatSweepMarkdown],
  ['csv', formatSweepCsv],
]);

export function formatSweep(document: SweepDocument): string {
  return jsonText({ schemaVersion: SWEEP_SCHEMA_VERSION, ...document });
}

type Column = readonly [label: string, (figures: Figures) => number | null, counts: Counts];
type Counts = (figures: Figures) => { readonly count: number; readonly n: number } | null | undefined;

/** What is compared before and after: refusals, over-refusal, the task. */
function columnsOf({ target }: SweepDocument): readonly Column[] {
  const scores = [...new Set([target.taskScore, TOKEN_ACCURACY])];
  return [
    [NOT_REFUSED, notRefused, notRefusedShare],
    ['over-refusal', overRefused, ({ overRefusal }) => overRefusal],
    ...scores.map((id): Column => [
      taskLabel(id),
      (figures) => scoreOf(figures, id),
      ({ task }) => (Object.hasOwn(task, id) ? task[id] : null),
    ]),
  ];
}

/** Rows of the aligned model, and of each checkpoint as trained and repaired. */
export function sweepTable(document: SweepDocument): TextTable {
  const columns = columnsOf(document);
  const row = (name: string, what: string, figures: Figures | null): readonly string[] => [
    visibleText(name),
    what,
    ...columns.map(([, , counts]) => shareText(figures === null ? null : counts(figures)) || '–'),
  ];
  const { reference, checkpoints } = document;
  return {
    head: ['checkpoint', 'adapter', ...columns.map(([label]) => label)],
    rows: [
      ...(reference === null ? [] : [row('–', 'aligned model', reference)]),
      ...checkpoints.flatMap(({ name, outcome, strength, before, after }) => {
        if (outcome === 'failed') return [row(name, outcome, before)];
        if (outcome === 'unneeded') return [row(name, 'as trained: reaches the target', before)];
        return [row(name, 'as trained', before), row(name, `${outcome} (${strength ?? '–'})`, after)];
      }),
    ],
  };
}

/** What there is after it: nothing was changed. */
const kept = (outcome: SweptCheckpoint['outcome'], before: Figures | null): Figures | null =>
  outcome === 'unneeded' ? before : null;

/** A line for each checkpoint (RFC 4180). */
export function formatSweepCsv(document: SweepDocument): string {
  const columns = columnsOf(document);
  const head = [
    ...['checkpoint', 'step', 'outcome', 'by'],
    ...columns.flatMap(([label]) => [`${label} before`, `${label} after`]),
    ...['out', 'error'],
  ];
  const rows = document.checkpoints.map(({ name, step, outcome, strength, before, after, out, error }) => [
    ...[visibleText(name, Infinity), step, outcome, strength],
    ...columns.flatMap(([, value]) =>
      [before, after ?? kept(outcome, before)].map((figures) => (figures === null ? null : value(figures))),
    ),
    ...[out, error === null ? null : errorLine(renderError(error))],
  ]);
  return [head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** A report to read: what was repaired, by how much, and what was not tested. */
export function formatSweepMarkdown(document: SweepDocument): string {
  const { run, base, aligned, checkpoints, toolVersion } = document;
  const warnings = sweepWarnings(document);
  const failures = checkpoints.flatMap(({ name, error }) =>
    error === null ? [] : [`${name}: ${errorLine(renderError(error))}`],
  );
  const sections: (readonly string[])[] = [
    ['# SPLoRA repair of a training run'],
    ...(warnings.length === 0 ? [] : [['## Before you trust it', '', ...warnings.map(bullet)]]),
    ['## On the test split', '', ...markdownTable(sweepTable(document))],
    ...(failures.length === 0 ? [] : [['## Failed', '', ...failures.map(bullet)]]),
    [
      '## What was measured',
      '',
      bullet(`Run: ${run}`),
      ...(base === null ? [] : [bullet(`Base: ${base}`)]),
      bullet(`Aligned: ${aligned}`),
      bullet(`Made by splora ${toolVersion}`),
    ],
    ['## What was not tested', '', ...NOT_TESTED.map((one) => bullet(render(one)))],
    ['## How to read this', '', ...[NOT_REFUSED_READING, ...READING.slice(0, 1)].map(bullet)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** What speaks against trusting the repairs, each said once with the checkpoints that it is about. */
export function sweepWarnings({ checkpoints }: SweepDocument): readonly string[] {
  const names = new Map<string, string[]>();
  for (const { name, warnings } of checkpoints)
    for (const warning of warnings) {
      const shown = render(warning);
      names.set(shown, [...(names.get(shown) ?? []), name]);
    }
  return [...names].map(([text, of]) =>
    of.length === checkpoints.length ? text : `${of.join(', ')}: ${text}`,
  );
}
