import { EXPORT_TARGETS, TARGETS, type ExportTarget } from '../../../src/core/export/targets';
import { METHODS } from '../../../src/methods';
import type { ExportRecords, Outcome } from './record';

/** Adapters that need something rewritten for some loader. */
export const KINDS = {
  plain: 'plain LoRA, as PEFT saves it',
  rslora: 'rsLoRA (`use_rslora`)',
  patterns: '`rank_pattern` and `alpha_pattern`',
  mlx: "mlx-lm's own files",
} as const;

/** The rows of the table, by id. */
export const ROWS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(KINDS),
  ...METHODS.map(({ id }) => [id, `written by \`splora repair --method ${id}\``] as const),
]);

/** The page `media/docs/loaders.md`. */
export function pageText({ date, loaders, architectures }: ExportRecords): string {
  const by = new Map(loaders.map((loader) => [loader.target, loader]));
  const cellOf = (target: ExportTarget, row: string): string =>
    shown(by.get(target)?.outcomes.find((outcome) => outcome.row === row)?.difference);
  const header = ['adapter', ...EXPORT_TARGETS.map((target) => TARGETS[target].title)];
  return [
    '# One adapter, four loaders',
    '',
    'LoRA adapters are loaded by programs that read their files differently: one alpha or many, one rank or many, factors',
    'transposed or not, rows of q and k permuted or not. `splora export --for LOADER` writes an adapter for each of them. This',
    'page shows what the loaders then compute, compared with PEFT on the original.',
    '',
    `Measured on ${date}, in float32 on a CPU, with these versions:`,
    '',
    ...EXPORT_TARGETS.map(
      (target) => `- ${TARGETS[target].title} ${by.get(target)?.version ?? '(not measured)'}`,
    ),
    '',
    'Each number is the largest difference of a log-probability, over all tokens of the vocabulary behind four prompts, on a',
    `trained Llama of 8 layers. The adapters themselves change log-probabilities by ${effects(loaders[0]?.outcomes ?? [])}.`,
    '',
    ...table(
      header,
      [...ROWS].map(([row, title]) => [title, ...EXPORT_TARGETS.map((target) => cellOf(target, row))]),
    ),
    '',
    'Where PEFT takes the files of an adapter as they are, they are copied, so its difference is 0.',
    '',
    '## Classes of models in GGUF',
    '',
    'A GGUF adapter has the names and the row order of its architecture. For each class of transformers that is supported, a',
    'random model with an adapter of all its linear layers (rsLoRA, two ranks; the head too, where it is not tied), in',
    'llama-server against PEFT. _Model alone_ is how far the two are apart without an adapter: ggml takes the GELU of Gemma',
    'from a table of half-precision values.',
    '',
    ...table(
      ['class', 'with the adapter', 'model alone', 'effect of the adapter'],
      architectures.map(({ row, difference, alone, effect }) => [
        `\`${row}\``,
        ...[difference, alone, effect].map((figure) => shown(figure)),
      ]),
    ),
    '',
    '## What is refused',
    '',
    'A loader that has no place for a part of an adapter gets no file, but a reason: DoRA, whole weights (`modules_to_save`),',
    'biases, embeddings, stacked experts, a head that is tied to the embeddings (llama.cpp), other classes of models (GGUF).',
    '',
    'Made by `npm run loaders` from `test/interop/exports/measured.json`, which `SPLORA_RECORD=1 npm run test:interop` writes.',
    '',
  ].join('\n');
}

function effects(outcomes: readonly Outcome[]): string {
  const all = outcomes.map(({ effect }) => effect);
  return `${shown(Math.min(...all))} to ${shown(Math.max(...all))}`;
}

/** Two digits, as in `0.012` or `3.4e-6`. */
function shown(figure: number | undefined): string {
  if (figure === undefined) return '–';
  return figure === 0 || figure >= 0.001 ? String(Number(figure.toPrecision(2))) : figure.toExponential(1);
}

/** A Markdown table as prettier writes it: numbers to the right. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, 4, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rules = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(header), line(rules), ...rows.map(line)];
}
