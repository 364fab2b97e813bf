import { render } from '../../message';
import { csvField, escapeMarkdown, jsonText, visibleText } from '../../report/escape';
import { LEFT_OUT, type ExportOptions } from '../evaluation/exportOptions';
import type { FitDocument, FitResult } from './types';

type Options = Pick<ExportOptions, 'withAnswers'>;

/** The document with only those answers that an export may have. */
function exported(document: FitDocument, { withAnswers }: Options): FitDocument {
  if (withAnswers === true) return document;
  const targets = document.targets.map((target) =>
    target.suite === 'harmful' ? { ...target, aligned: null, adapter: null } : target,
  );
  return { ...document, targets };
}

/** The document as JSON, which the methods that write gates read. */
export function formatFit(document: FitDocument, options: Options): string {
  return jsonText(exported(document, options));
}

/** A line for each module (RFC 4180). */
export function formatFitCsv({ gates, split }: FitDocument): string {
  const head = ['module', 'gate', ...(split === null ? [] : ['gateOff'])];
  const rows = gates.map(({ module, on, off }) => [
    visibleText(module, Infinity),
    on,
    ...(split === null ? [] : [off ?? null]),
  ]);
  return [head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** A report to read: what was fitted to what, what came of it, gates, prompts that did not take part. */
export function formatFitMarkdown(document: FitDocument, options: Options): string {
  const { gates, split, notes } = document;
  const sections = [
    ['# SPLoRA gates'],
    inputs(document),
    ['## On the fit split', '', ...resultsTable(document)],
    [
      '## Gates',
      '',
      ...table(
        ['module', ...(split === null ? ['gate'] : ['on the subspace', 'off it'])],
        gates.map(({ module, on, off }) => [module, shown(on), ...(off === undefined ? [] : [shown(off)])]),
      ),
    ],
    targetLines(exported(document, options)),
    ...(notes.length === 0 ? [] : [['## Notes', '', ...notes.map((note) => bullet(render(note)))]]),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function inputs({
  adapter,
  aligned,
  split,
  suites,
  options,
  steps,
  meets,
  toolVersion,
}: FitDocument): string[] {
  return [
    bullet(`Adapter: ${adapter}`),
    bullet(`Aligned: ${aligned}`),
    bullet(
      split === null
        ? 'One gate a module'
        : `Two gates a module: on the top ${split.k} directions of the alignment (${split.side}), and off them`,
    ),
    ...suites.map(({ kind, file, prompts, total }) =>
      bullet(`Suite (${kind}): ${file}, ${prompts} of ${total} prompts`),
    ),
    bullet(`Shared by: ${options.per}; ${options.round ? 'rounded to 0 or 1' : 'any share'}`),
    bullet(`${steps.length} steps; the target on the fit split was ${meets ? 'met' : 'missed'}`),
    bullet(`Made by splora ${toolVersion}`),
  ];
}

function resultsTable({ results }: FitDocument): string[] {
  const row = (name: string, { asr, overRefusal, tokenAccuracy }: FitResult): string[] => [
    name,
    ...[asr, overRefusal, tokenAccuracy].map(shown),
  ];
  return table(
    ['', 'harmful answered', 'benign refused', 'task tokens right'],
    [row('aligned', results.aligned), row('adapter', results.adapter), row('with gates', results.gates)],
  );
}

function targetLines({ targets }: FitDocument): string[] {
  const rows = targets.map(({ suite, id, prompt, aligned, adapter, unused }) => [
    ...[suite, id, prompt],
    ...[aligned, adapter].map((answer) => answer ?? (suite === 'task' ? '' : LEFT_OUT)),
    unused ?? 'yes',
  ]);
  return ['## Prompts', '', ...table(['suite', 'id', 'prompt', 'aligned', 'adapter', 'used'], rows)];
}

const shown = (value: number | null): string => (value === null ? '' : value.toFixed(3));

const MAX_CELL = 500;
const MAX_PROSE_LENGTH = 5000;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => escapeMarkdown(cell, MAX_CELL)).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' :-- |').join('')}`, ...rows.map(line)];
}

const bullet = (text: string): string => `- ${escapeMarkdown(text, MAX_PROSE_LENGTH)}`;
