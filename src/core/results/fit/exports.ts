import { render } from '../../message';
import { csvField, escapeMarkdown, jsonText, visibleText } from '../../report/escape';
import { LEFT_OUT, type ExportOptions } from '../evaluation/exportOptions';
import type { FitDocument, FitResult } from './types';

type Options = Pick<ExportOptions, 'withAnswers'>;

/** The document with only those answers that an export may have. */
export function exportedFit(document: FitDocument, { withAnswers }: Options): FitDocument {
  if (withAnswers === true) return document;
  const targets = document.targets.map((target) =>
    target.suite === 'harmful' ? { ...target, aligned: null, adapter: null } : target,
  );
  return { ...document, targets };
}

/** The document as JSON, which the methods that write gates read. */
export function formatFit(document: FitDocument, options: Options): string {
  return jsonText(exportedFit(document, options));
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
    ['## Path of the fit', '', ...fitPath(document)],
    [
      '## Gates',
      '',
      ...table(
        ['module', ...(split === null ? ['gate'] : ['on the subspace', 'off it'])],
        gates.map(({ module, on, off }) => [module, shown(on), ...(off === undefined ? [] : [shown(off)])]),
      ),
    ],
    targetLines(exportedFit(document, options)),
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
    bullet(splitText(split)),
    ...suites.map(({ kind, file, prompts, total }) =>
      bullet(`Suite (${kind}): ${file}, ${prompts} of ${total} prompts`),
    ),
    bullet(`Shared by: ${options.per}; ${options.round ? 'rounded to 0 or 1' : 'any share'}`),
    bullet(`${steps.length} steps; the target on the fit split was ${meets ? 'met' : 'missed'}`),
    bullet(`Made by splora ${toolVersion}`),
  ];
}

/** How gates were fitted: options, what was checked on the way, prompts that the user struck out. */
export function fitLines({ split, options, targets, steps, gates }: FitDocument): readonly string[] {
  const fitted = targets.filter(({ unused }) => unused === undefined).length;
  const struck = targets.filter(({ unused }) => unused === 'struck').map(({ suite, id }) => `${suite}=${id}`);
  const given = Object.entries(options).map(([name, value]) => `${name} ${value ?? 'as the aligned model'}`);
  return [
    splitText(split),
    `${gates.length} modules, ${steps.length} steps on ${fitted} of ${targets.length} prompts`,
    `Options: ${given.join(', ')}`,
    ...(struck.length === 0 ? [] : [`Struck out: ${struck.join(', ')}`]),
  ].map(bullet);
}

const splitText = (split: FitDocument['split']): string =>
  split === null
    ? 'One gate a module'
    : `Two gates a module: on the top ${split.k} directions of the alignment (${split.side}), and off them`;

/** A row for each check, with the weight of refusals in the loss until then. */
export function fitPath({ checks, steps }: FitDocument): readonly string[] {
  const rows = checks.map(({ step, asr, clear, overRefusal, tokenAccuracy, task, margin, meets, isBest }) => [
    String(step),
    ...[asr, clear ?? null, overRefusal, tokenAccuracy, task, margin].map(shown),
    shown(steps[step - 1]?.refusalWeight ?? null),
    [meets ? 'met' : 'missed', ...(isBest ? ['best so far'] : [])].join(', '),
  ]);
  const head = ['step', 'harmful not refused', 'clear', 'benign refused', 'task tokens right'];
  return table([...head, 'task loss', 'margin', 'refusal weight', 'target'], rows);
}

function resultsTable({ results }: FitDocument): string[] {
  const row = (name: string, { asr, overRefusal, tokenAccuracy }: FitResult): string[] => [
    name,
    ...[asr, overRefusal, tokenAccuracy].map(shown),
  ];
  return table(
    ['', 'harmful not refused', 'benign refused', 'task tokens right'],
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
