import { Option } from 'commander';
import { LOADERS, type Loader, type LoaderCheck, type LoadFinding } from '../../core/check/types';
import { visibleText } from '../../core/report/escape';
import { LOADER_NAMES } from '../../core/report/loaders';
import { formatModules } from '../../core/report/scores';
import type { CheckResult } from '../../protocol/engineApi';
import { withEngine } from '../engineSession';
import { documentText, EXIT, firstOf, fullText } from '../output';
import type { Define } from '../define';
import { render } from '../../core/message';
import { defined } from '../../core/record';

interface CheckFlags {
  readonly model?: string;
  readonly loader?: readonly Loader[];
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ splora check my-adapter-splora                       # would PEFT and vLLM load it?
  $ splora check my-adapter --model ../chat              # do its module names exist in that model?
  $ splora check my-adapter --loader vllm --json

It applies the loaders' own rules to names, shapes, and the config; nothing is loaded. PEFT 0.15 to 0.21, vLLM, mlx-lm.
Exit codes: 0 it loads, or may load; 1 a loader fails or silently ignores modules; 2 error; 130 interrupted.`;

/** `splora check`. */
export const defineCheck: Define = (command, terminal, done) => {
  command
    .description(
      'Show what loaders would do with an adapter: which modules attach, which are silently ignored, and what is not supported.',
    )
    .argument('<adapter>', 'adapter folder, or its .safetensors file')
    .option(
      '--model <model>',
      'the model to load the adapter onto: folder, file, or repo ID in the local cache',
    )
    .addOption(
      new Option(
        '--loader <loader...>',
        'check only these loaders (default: those for the format of the adapter)',
      ).choices(LOADERS),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (adapter: string, flags: CheckFlags) => {
      const { model, loader } = flags;
      const request = { adapter, ...defined({ model, loaders: loader }) };
      const result = await withEngine(({ engine, signal }) => engine.call('check', request, { signal }));
      terminal.out(flags.json === true ? documentText(result) : describe(result));
      const loads = result.loaders.every(({ verdict }) => verdict === 'loads' || verdict === 'unknown');
      done(loads ? EXIT.ok : EXIT.gate);
    });
};

const VERDICTS: Readonly<Record<LoaderCheck['verdict'], string>> = {
  loads: 'loads',
  unknown: 'undetermined: some modules cannot be evaluated here',
  partly: 'loads partially (some modules or settings are silently ignored)',
  fails: 'fails',
};
const MARKS: Readonly<Record<LoadFinding['severity'], string>> = {
  error: 'refused: ',
  silent: 'silently: ',
  note: '',
};
const MAX_SHOWN = 10;

function describe({ adapter, model, modules, loaders }: CheckResult): string {
  const onto = model === null ? '' : ` onto ${fullText(model)}`;
  return [
    `${fullText(adapter)}${onto}: ${formatModules(modules)}`,
    ...loaders.flatMap((loader) => ['', ...loaderLines(loader, modules)]),
    '',
  ].join('\n');
}

function loaderLines(check: LoaderCheck, total: number): string[] {
  const { loader, verdict, attached, silent, unsure, findings } = check;
  return [
    `${LOADER_NAMES[loader]}: ${VERDICTS[verdict]}; ${attached.length} of ${formatModules(total)} attach`,
    ...findings.map(({ severity, message }) => `- ${MARKS[severity]}${fullText(render(message))}`),
    ...moduleLines('not attached', silent),
    ...moduleLines('undetermined', unsure),
  ];
}

function moduleLines(label: string, modules: LoaderCheck['silent']): readonly string[] {
  const lines = modules.map(
    ({ module, reason }) => `- ${label}: ${visibleText(module)}: ${fullText(render(reason))}`,
  );
  return firstOf(lines, MAX_SHOWN, '--json');
}
