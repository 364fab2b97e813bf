import { Option } from 'commander';
import { badRequest } from '../../core/errors';
import { EXPORT_TARGETS, FOR_MODEL_OPTION, FOR_OPTION, TARGETS } from '../../core/export/targets';
import { render, say } from '../../core/message';
import { adviceFor } from '../../core/options';
import { defined } from '../../core/record';
import { formatBytes, formatModules } from '../../core/report/scores';
import type { ExportResult } from '../../protocol/engineApi';
import type { Define } from '../define';
import { withEngine } from '../engineSession';
import { addFlags, COPY_REST, PRINT_JSON, QUIET, type FlagValues } from '../flags';
import { checkOut } from '../outFolder';
import { documentText, EXIT, fullText, noteLines } from '../output';
import { withProgress } from '../progress';

const FLAGS = {
  for: FOR_OPTION,
  model: FOR_MODEL_OPTION,
  copyRest: COPY_REST,
  json: PRINT_JSON,
  quiet: QUIET,
} as const;

type Flags = FlagValues<typeof FLAGS> & { readonly out?: string };

const LIST = EXPORT_TARGETS.map((target) => `  ${target.padEnd(6)} ${TARGETS[target].summary}`);

const HELP = `
Loaders:
${LIST.join('\n')}

Examples:
  $ splora export my-adapter --for vllm
  $ splora export my-adapter-splora --for gguf --model ../chat -o my-adapter-gguf

Scales (rsLoRA, alpha_pattern), ranks, names, and layouts are rewritten where the loader needs it. What it has no place for
(DoRA, whole weights) is refused. The original is never changed: the result goes to <adapter>-<loader> by default.
Exit codes: 0 done, 2 error, 130 interrupted (no partial output is left behind).`;

/** `splora export`. */
export const defineExport: Define = (command, terminal, done) => {
  command
    .description('Write an adapter in the form that a loader needs, with the same effect.')
    .argument('<adapter>', 'adapter folder, or its .safetensors file')
    .addOption(new Option('-o, --out <path>', 'folder to write to; it must not exist'));
  addFlags(command, FLAGS)
    .addHelpText('after', HELP)
    .action(async (adapter: string, flags: Flags) => {
      const { for: target, model, out, copyRest = false, quiet } = flags;
      if (target === undefined)
        throw badRequest(say('There is no loader to write the adapter for.'), adviceFor(FOR_OPTION));
      await checkOut(out, adapter);
      const request = { adapter, target, copyRest, ...defined({ model, out }) };
      const result = await withEngine(({ engine, signal }) =>
        withProgress('writing', quiet, (onEvent) => engine.call('export', request, { signal, onEvent })),
      );
      terminal.out(flags.json === true ? documentText(result) : describe(result));
      done(EXIT.ok);
    });
};

function describe({ target, out, files, modules, bytesBefore, bytesAfter, notes }: ExportResult): string {
  return [
    `Wrote ${fullText(out)} for ${TARGETS[target].title}: ${formatModules(modules)}`,
    ...files.map(({ path, bytes }) => `  ${fullText(path)}  ${formatBytes(bytes)}`),
    `Weights: ${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} after.`,
    ...noteLines(
      notes.map((note) => render(note)),
      '--json',
    ),
    '',
  ].join('\n');
}
