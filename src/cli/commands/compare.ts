import { visibleText } from '../../core/report/escape';
import { formatModules, formatSignificant } from '../../core/report/scores';
import { COMPARE_STATUSES, type ComparedModule } from '../../core/report/comparison';
import type { CompareResult } from '../../protocol/engineApi';
import { flag } from '../../core/options';
import { withEngine } from '../engineSession';
import { addFlags, PRINT_JSON, QUIET, type FlagValues } from '../flags';
import { documentText, EXIT, formatTable, fullText, left, right, type Terminal } from '../output';
import type { Define } from '../define';
import { withProgress } from '../progress';

const FLAGS = { json: PRINT_JSON, all: flag('Include equal modules.'), quiet: QUIET } as const;

const HELP = `
Examples:
  $ splora compare my-adapter my-adapter-splora    # what pruning took away
  $ splora compare checkpoint-500 checkpoint-1000 --json

‖dW‖ is the size of the update on each side, difference is ‖dW left - dW right‖.
Exit codes: 0 done (whether or not they differ), 2 error, 130 interrupted.`;

/** `splora compare`. */
export const defineCompare: Define = (command, terminal, done) => {
  command
    .description('Show which modules of two adapters differ, and by how much.')
    .argument('<left>', 'adapter folder, or its .safetensors file')
    .argument('<right>', 'adapter folder, or its .safetensors file');
  addFlags(command, FLAGS)
    .addHelpText('after', HELP)
    .action(async (one: string, other: string, { json, all, quiet }: FlagValues<typeof FLAGS>) => {
      const result = await withProgress('comparing', quiet, (onEvent) =>
        withEngine(({ engine, signal }) =>
          engine.call('compare', { left: one, right: other }, { signal, onEvent }),
        ),
      );
      terminal.out(json === true ? documentText(result) : describe(result, terminal, all === true));
      done(EXIT.ok);
    });
};

function describe(result: CompareResult, terminal: Terminal, all: boolean): string {
  const { modules, carried } = result;
  const shown = all ? modules : modules.filter(({ status }) => status !== 'equal');
  const counts = COMPARE_STATUSES.flatMap((status) => {
    const { length } = modules.filter((module) => module.status === status);
    return length > 0 ? [`${length} ${status}`] : [];
  });
  return [
    `Left   ${fullText(result.left)}`,
    `Right  ${fullText(result.right)}`,
    '',
    ...(shown.length === 0 ? [] : [moduleTable(shown, terminal), '']),
    `${formatModules(modules.length)}: ${counts.join(', ')}.`,
    ...carried
      .filter(({ status }) => status !== 'equal')
      .map(({ tensor, status }) => `- other tensor ${visibleText(tensor)}: ${status}`),
    '',
  ].join('\n');
}

function moduleTable(modules: readonly ComparedModule[], terminal: Terminal): string {
  const number = (value: number | null): string => (value === null ? '–' : formatSignificant(value));
  return formatTable(
    [
      ...[left('module'), left('status'), right('‖dW‖ left'), right('‖dW‖ right')],
      ...[right('difference'), right('cos')],
    ],
    modules.map(({ module, status, leftNorm, rightNorm, difference, cosine }) => ({
      cells: [
        ...[module, status, number(leftNorm), number(rightNorm), number(difference)],
        cosine === null ? '–' : cosine.toFixed(3),
      ],
    })),
    terminal,
  );
}
