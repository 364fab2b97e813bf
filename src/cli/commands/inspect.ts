import { formatError } from '../../core/errors';
import { visibleText } from '../../core/report/escape';
import { formatBytes, formatModules, formatShape, formatSignificant } from '../../core/report/scores';
import type { InspectResult, InspectedAdapter } from '../../protocol/engineApi';
import { flag } from '../../core/options';
import { withEngine } from '../engineSession';
import { addFlags, PRINT_JSON, type FlagValues } from '../flags';
import {
  documentText,
  EXIT,
  firstOf,
  formatTable,
  fullText,
  left,
  MAX_NOTES,
  noteLines,
  right,
  type Terminal,
} from '../output';
import type { Define } from '../define';
import { render } from '../../core/message';

const FLAGS = { json: PRINT_JSON, all: flag('Show every row, not only the first ones.') } as const;

const HELP = `
Examples:
  $ splora inspect my-adapter                 # modules, ranks, scales, whole weights
  $ splora inspect model.safetensors --all    # any safetensors file: every tensor
  $ splora inspect my-adapter --json

No weights are read and no model is needed.
Exit codes: 0 done (also when the file is a safetensors file but not an adapter; the output says why), 2 error, 130 interrupted.`;

/** `splora inspect`. */
export const defineInspect: Define = (command, terminal, done) => {
  command
    .description('Show what an adapter or any safetensors file contains, without scores.')
    .argument('<path>', 'adapter folder, or any .safetensors file');
  addFlags(command, FLAGS)
    .addHelpText('after', HELP)
    .action(async (path: string, { json, all }: FlagValues<typeof FLAGS>) => {
      const result = await withEngine(({ engine, signal }) => engine.call('inspect', { path }, { signal }));
      terminal.out(json === true ? documentOf(result) : describe(result, terminal, all === true));
      done(EXIT.ok);
    });
};

/** `declined` as one sentence. */
function documentOf(result: InspectResult): string {
  const { declined } = result;
  return documentText({ ...result, declined: declined === null ? null : formatError(declined) });
}

function describe(result: InspectResult, terminal: Terminal, all: boolean): string {
  const { path, fileSize, tensors, adapter } = result;
  const metadata = Object.entries(result.metadata).map(
    ([key, value]) => `  ${visibleText(key)}: ${visibleText(value)}`,
  );
  const shown = firstOf(metadata, all ? Infinity : MAX_NOTES, '--all');
  return [
    `${fullText(path)}: ${formatBytes(fileSize)}, ${tensors.length} ${tensors.length === 1 ? 'tensor' : 'tensors'}`,
    ...(metadata.length === 0 ? [] : ['Metadata:', ...shown]),
    '',
    ...(adapter === null ? tensorLines(result, terminal, all) : adapterLines(adapter, terminal, all)),
    '',
  ].join('\n');
}

function tensorLines(
  { declined, tensors }: InspectResult,
  terminal: Terminal,
  all: boolean,
): readonly string[] {
  const rows = tensors.map(({ name, dtype, shape, bytes }) => ({
    cells: [name, dtype, formatShape(shape), formatBytes(bytes)],
  }));
  return [
    formatTable([left('tensor'), left('dtype'), right('shape'), right('size')], rows, terminal, all),
    ...(declined === null
      ? []
      : [`Not an adapter that can be scored or pruned: ${fullText(formatError(declined))}`]),
  ];
}

function adapterLines(adapter: InspectedAdapter, terminal: Terminal, all: boolean): readonly string[] {
  const { family, alignedHint, modules, replacements, carried, notes } = adapter;
  const rows = [
    ...replacements.map((replacement) => ({ ...replacement, cells: ['full', '–'] })),
    ...modules.map((module) => ({
      ...module,
      cells: [String(module.rank), formatSignificant(module.scale)],
    })),
  ].map(({ module, shape, dtype, bytes, cells }) => ({
    cells: [module, formatShape(shape), ...cells, dtype, formatBytes(bytes)],
  }));
  const columns = [left('module'), right('shape'), right('r'), right('scale'), left('dtype'), right('size')];
  const remarks = [
    ...notes.map((note) => render(note)),
    ...modules.flatMap(({ module, unsupported }) =>
      unsupported === null ? [] : [`cannot be scored: ${module}: ${render(unsupported)}`],
    ),
    ...carried.map(({ tensor, reason }) => `not scored: ${tensor}: ${render(reason)}`),
  ];
  const hint = alignedHint === null ? 'not named' : fullText(alignedHint);
  return [
    `Adapter family: ${family}; ${formatModules(modules.length)}; trained on: ${hint}`,
    '',
    formatTable(columns, rows, terminal, all),
    ...noteLines(remarks, '--all', all),
  ];
}
