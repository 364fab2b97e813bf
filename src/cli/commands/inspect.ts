import type { Command } from 'commander';
import { formatError } from '../../core/errors';
import { visibleText } from '../../core/report/escape';
import { formatBytes, formatModules, formatShape, formatSignificant } from '../../core/report/scores';
import type { InspectResult, InspectedAdapter } from '../../protocol/engineApi';
import { withEngine } from '../engineSession';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatTable, documentText, type Terminal } from '../output';
import { render } from '../../core/message';

interface InspectFlags {
  readonly json?: boolean;
  readonly all?: boolean;
}

const HELP = `
Examples:
  $ splora inspect my-adapter                 # modules, ranks, scales, whole weights
  $ splora inspect model.safetensors --all    # any safetensors file: every tensor
  $ splora inspect my-adapter --json

No weights are read and no model is needed.
Exit codes: 0 done (also when the file is safetensors but no adapter: it says why), 2 error, 130 interrupted.`;

/** `splora inspect`. */
export function defineInspect(command: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  command
    .description('Show what an adapter or any safetensors file holds, without scores.')
    .argument('<path>', 'adapter folder, or any .safetensors file')
    .option('--json', 'as JSON')
    .option('--all', 'every row, not only the first ones')
    .addHelpText('after', HELP)
    .action(async (path: string, flags: InspectFlags) => {
      const result = await withEngine(({ engine, signal }) => engine.call('inspect', { path }, { signal }));
      terminal.out(flags.json === true ? documentOf(result) : describe(result, terminal, flags.all === true));
      done(EXIT.ok);
    });
}

const DEFAULT_ROWS = 25;
const MAX_PATH = 4096;
const MAX_NOTE = 500;
const MAX_NOTES = 20;

/** As JSON, which says in one sentence why a file is no adapter. */
function documentOf(result: InspectResult): string {
  const { declined } = result;
  return documentText({ ...result, declined: declined === null ? null : formatError(declined) });
}

function describe(result: InspectResult, terminal: Terminal, all: boolean): string {
  const metadata = Object.entries(result.metadata).map(
    ([key, value]) => `  ${visibleText(key)}: ${visibleText(value)}`,
  );
  return [
    `${visibleText(result.path, MAX_PATH)}: ${formatBytes(result.fileSize)}, ${result.tensors.length} tensors`,
    ...(metadata.length === 0 ? [] : ['Metadata:', ...limited(metadata, all)]),
    '',
    ...(result.adapter === null
      ? tensorLines(result, terminal, all)
      : adapterLines(result.adapter, terminal, all)),
    '',
  ].join('\n');
}

function tensorLines(
  { declined, tensors }: InspectResult,
  terminal: Terminal,
  all: boolean,
): readonly string[] {
  const shown = all ? tensors : tensors.slice(0, DEFAULT_ROWS);
  const table = formatTable(
    [
      { label: 'tensor', align: 'left' },
      { label: 'dtype', align: 'left' },
      { label: 'shape', align: 'right' },
      { label: 'size', align: 'right' },
    ],
    shown.map(({ name, dtype, shape, bytes }) => ({
      cells: [name, dtype, formatShape(shape), formatBytes(bytes)],
    })),
    terminal,
  );
  return [
    table.trimEnd(),
    ...more(tensors.length - shown.length),
    ...(declined === null
      ? []
      : [`Not an adapter that can be scored or pruned: ${visibleText(formatError(declined), MAX_NOTE)}`]),
  ];
}

function adapterLines(adapter: InspectedAdapter, terminal: Terminal, all: boolean): readonly string[] {
  const { family, alignedHint, modules, replacements, carried, notes } = adapter;
  const rows = [...replacements, ...modules];
  const shown = all ? rows : rows.slice(0, DEFAULT_ROWS);
  const table = formatTable(
    [
      { label: 'module', align: 'left' },
      { label: 'shape', align: 'right' },
      { label: 'r', align: 'right' },
      { label: 'scale', align: 'right' },
      { label: 'dtype', align: 'left' },
      { label: 'size', align: 'right' },
    ],
    shown.map(({ module, shape, dtype, bytes, ...row }) => ({
      cells: [module, formatShape(shape), ...factorCells(row), dtype, formatBytes(bytes)],
    })),
    terminal,
  );
  const remarks = [
    ...notes.map((note) => render(note)),
    ...modules.flatMap(({ module, unsupported }) =>
      unsupported === null ? [] : [`cannot be scored: ${module}: ${render(unsupported)}`],
    ),
    ...carried.map(({ tensor, reason }) => `not scored: ${tensor}: ${render(reason)}`),
  ].map((line) => `- ${visibleText(line, MAX_NOTE)}`);
  const hint = alignedHint === null ? 'not named' : visibleText(alignedHint, MAX_PATH);
  return [
    `Adapter family: ${family}; ${formatModules(modules.length)}; trained on: ${hint}`,
    '',
    table.trimEnd(),
    ...more(rows.length - shown.length),
    ...limited(remarks, all),
  ];
}

/** Rank and scale; of a whole weight, that it is one. */
function factorCells(row: { readonly rank?: number; readonly scale?: number }): string[] {
  return row.rank === undefined || row.scale === undefined
    ? ['full', '–']
    : [String(row.rank), formatSignificant(row.scale)];
}

function more(hidden: number): readonly string[] {
  return hidden > 0 ? [`… and ${hidden} more (--all shows them)`] : [];
}

function limited(lines: readonly string[], all: boolean): readonly string[] {
  return all ? lines : [...lines.slice(0, MAX_NOTES), ...more(lines.length - MAX_NOTES)];
}
