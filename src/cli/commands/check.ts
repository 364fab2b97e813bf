import { Option } from 'commander';
import {
  LOAD_VERDICTS,
  LOADERS,
  type Loader,
  type LoaderCheck,
  type LoadFinding,
  type LoadVerdict,
  type Version,
} from '../../core/check/types';
import { parseLoaderVersion, supportedVersions } from '../../core/check/versions';
import { badRequest } from '../../core/errors';
import { visibleText } from '../../core/report/escape';
import { isDoubtful, LOADER_NAMES, VERDICT_TEXTS } from '../../core/report/loaders';
import { formatModules } from '../../core/report/scores';
import type { CheckResult } from '../../protocol/engineApi';
import { withEngine } from '../engineSession';
import { documentText, EXIT, firstOf, fullText } from '../output';
import type { Define } from '../define';
import { render, say } from '../../core/message';
import { defined } from '../../core/record';

interface CheckFlags {
  readonly model?: string;
  readonly loader?: readonly Loader[];
  readonly loaderVersion?: readonly string[];
  readonly expect?: LoadVerdict;
  readonly json?: boolean;
}

const VERSIONS = LOADERS.map((loader) => `${loader} ${render(supportedVersions(loader))}`).join(', ');

const HELP = `
Examples:
  $ splora check my-adapter-splora                       # would PEFT and vLLM load it?
  $ splora check my-adapter --model ../chat              # do its module names exist in that model?
  $ splora check my-adapter --loader peft vllm --expect same
  $ splora check my-adapter --loader vllm --loader-version 0.20 --json

Verdicts, compared with all that the file holds under the scales of its config: same (effect), other (effect), nothing
(attaches), refused, unknown (cannot be determined). The loaders' own rules are applied to names, shapes, and the config;
nothing is loaded. Versions: ${VERSIONS}; the newest is the default.
Exit codes: 0 the same effect, or undetermined (with --expect: the expected verdict); 1 any other verdict; 2 error; 130 interrupted.`;

/** `splora check`. */
export const defineCheck: Define = (command, terminal, done) => {
  command
    .description(
      'Show what loaders would do with an adapter: whether the model then has the same effect, which modules attach, and what is silently ignored or refused.',
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
    .option(
      '--loader-version <version...>',
      'version to check, e.g. 0.19 with one --loader, or peft=0.19 vllm=0.20 (default: the newest known)',
    )
    .addOption(
      new Option(
        '--expect <verdict>',
        'exit with code 1 unless every loader has this verdict; CI: same',
      ).choices(LOAD_VERDICTS),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (adapter: string, flags: CheckFlags) => {
      const { model, loader, expect } = flags;
      const versions = loaderVersions(flags);
      const request = { adapter, ...defined({ model, loaders: loader, versions }) };
      const result = await withEngine(({ engine, signal }) => engine.call('check', request, { signal }));
      terminal.out(flags.json === true ? documentText(result) : describe(result));
      const isGood = (check: LoaderCheck): boolean =>
        expect === undefined ? !isDoubtful(check) : check.verdict === expect;
      done(result.loaders.every(isGood) ? EXIT.ok : EXIT.gate);
    });
};

/** @throws SploraError `bad-request` for a version without its loader, and those of `parseLoaderVersion` */
function loaderVersions({
  loader = [],
  loaderVersion,
}: CheckFlags): Readonly<Partial<Record<Loader, Version>>> | undefined {
  if (loaderVersion === undefined) return undefined;
  const versions = loaderVersion.map((given) => {
    const [name, version] = given.includes('=') ? given.split('=', 2) : [loader.join(' '), given];
    const known = LOADERS.find((one) => one === name);
    if (known === undefined || version === undefined)
      throw badRequest(
        say('Option --loader-version needs a loader'),
        say('Use it with one --loader, or as peft=0.19.'),
      );
    return [known, parseLoaderVersion(known, version)] as const;
  });
  return Object.fromEntries(versions);
}

const MARKS: Readonly<Record<LoadFinding['severity'], string>> = {
  error: 'refused: ',
  silent: 'silently: ',
  unsure: 'undetermined: ',
  note: '',
};
const MAX_SHOWN = 10;

function describe({ adapter, model, modules, loaders, differences }: CheckResult): string {
  const onto = model === null ? '' : ` onto ${fullText(model)}`;
  return [
    `${fullText(adapter)}${onto}: ${formatModules(modules)}`,
    ...loaders.flatMap((loader) => ['', ...loaderLines(loader, modules)]),
    ...(differences.length === 0 ? [] : ['']),
    ...differences.map(({ message }) => fullText(render(message))),
    '',
  ].join('\n');
}

function loaderLines(check: LoaderCheck, total: number): string[] {
  const { loader, version, verdict, attached, altered, silent, unsure, findings } = check;
  const count = attached.length + altered.length;
  return [
    `${LOADER_NAMES[loader]} ${version}: ${render(VERDICT_TEXTS[verdict])}; ${count} of ${formatModules(total)} attach`,
    ...findings.map(
      ({ severity, message, versions }) =>
        `- ${MARKS[severity]}${versions === undefined ? '' : `(${render(versions)}) `}${fullText(render(message))}`,
    ),
    ...moduleLines('applied differently', altered),
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
