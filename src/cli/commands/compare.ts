import type { Command } from 'commander';
import { visibleText } from '../../core/report/escape';
import { formatModules, formatSignificant } from '../../core/report/scores';
import type { ComparedModule, CompareResult } from '../../protocol/engineApi';
import { withEngine } from '../engineSession';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatTable, documentText, type Terminal } from '../output';
import { progressReporter } from '../progress';

interface CompareFlags {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly quiet?: boolean;
}

const HELP = `
Examples:
  $ splora compare my-adapter my-adapter-splora    # what pruning took away
  $ splora compare checkpoint-500 checkpoint-1000 --json

‖dW‖ is the size of the update on each side, difference is ‖dW left - dW right‖.
Exit codes: 0 done (whether or not they differ), 2 error, 130 interrupted.`;

/** `splora compare`. */
export function defineCompare(command: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  command
    .description('Show which modules of two adapters differ, and by how much.')
    .argument('<left>', 'adapter folder, or its .safetensors file')
    .argument('<right>', 'adapter folder, or its .safetensors file')
    .option('--json', 'as JSON')
    .option('--all', 'equal modules too')
    .option('--quiet', 'no progress on standard error')
    .addHelpText('after', HELP)
    .action(async (left: string, right: string, flags: CompareFlags) => {
      const result = await compare(left, right, flags.quiet === true);
      terminal.out(
        flags.json === true ? documentText(result) : describe(result, terminal, flags.all === true),
      );
      done(EXIT.ok);
    });
}

async function compare(left: string, right: string, quiet: boolean): Promise<CompareResult> {
  const progress = progressReporter('comparing', quiet);
  try {
    return await withEngine(({ engine, signal }) =>
      engine.call('compare', { left, right }, { signal, onEvent: progress.onProgress }),
    );
  } finally {
    progress.stop();
  }
}

const MAX_PATH = 4096;

function describe(
  { left, right, modules, carried }: CompareResult,
  terminal: Terminal,
  all: boolean,
): string {
  const shown = all ? modules : modules.filter(({ status }) => status !== 'equal');
  const differing = carried.filter(({ status }) => status !== 'equal');
  return [
    `Left   ${visibleText(left, MAX_PATH)}`,
    `Right  ${visibleText(right, MAX_PATH)}`,
    '',
    ...(shown.length === 0 ? [] : [moduleTable(shown, terminal), '']),
    `${formatModules(modules.length)}: ${counts(modules)}.`,
    ...differing.map(({ tensor, status }) => `- other tensor ${visibleText(tensor)}: ${status}`),
    '',
  ].join('\n');
}

function moduleTable(modules: readonly ComparedModule[], terminal: Terminal): string {
  const number = (value: number | null): string => (value === null ? '–' : formatSignificant(value));
  return formatTable(
    [
      { label: 'module', align: 'left' },
      { label: 'status', align: 'left' },
      { label: '‖dW‖ left', align: 'right' },
      { label: '‖dW‖ right', align: 'right' },
      { label: 'difference', align: 'right' },
      { label: 'cos', align: 'right' },
    ],
    modules.map(({ module, status, leftNorm, rightNorm, difference, cosine }) => ({
      cells: [
        module,
        status,
        number(leftNorm),
        number(rightNorm),
        number(difference),
        cosine === null ? '–' : cosine.toFixed(3),
      ],
    })),
    terminal,
  ).trimEnd();
}

function counts(modules: readonly ComparedModule[]): string {
  const statuses: readonly ComparedModule['status'][] = [
    'equal',
    'changed',
    'zeroed',
    'left-only',
    'right-only',
  ];
  return statuses
    .map((status) => ({ status, number: modules.filter((module) => module.status === status).length }))
    .filter(({ number }) => number > 0)
    .map(({ status, number }) => `${number} ${status}`)
    .join(', ');
}
