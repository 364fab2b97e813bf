import { render } from '../../core/message';
import { choice, integer, pathOption, type OptionValues } from '../../core/options';
import { SUITE_KINDS } from '../../core/results/evaluation/types';
import { IMPORT_FORMATS, type ImportSuiteResult } from '../../protocol/evaluatorApi';
import type { Define } from '../define';
import { withEvaluator } from '../evaluatorSession';
import { addFlags } from '../flags';
import { EXIT, fullText, noteLines } from '../output';

const SPLIT_FLAGS = {
  seed: integer('Seed of the split into halves for choosing and for reporting (default: 0).', { minimum: 0 }),
  limit: integer('At most this many prompts of each kind.', { minimum: 1 }),
} as const;

const IMPORT_FLAGS = {
  format: choice(IMPORT_FORMATS, 'File format (default: detected from its columns).'),
  kind: choice(SUITE_KINDS, 'What the prompts are for (default: what the format or the name says).'),
  out: pathOption('File to write, which must not exist (default: FILE.KIND.jsonl beside it).'),
  ...SPLIT_FLAGS,
} as const;

const NEW_FLAGS = {
  out: pathOption('Folder to make (default: suites).'),
  ...SPLIT_FLAGS,
} as const;

type ImportFlags = Partial<OptionValues<typeof IMPORT_FLAGS>>;
type NewFlags = Partial<OptionValues<typeof NEW_FLAGS>> & { readonly task: string };

const HELP = `
Examples:
  $ splora suite import harmful-behaviors.csv                   # JailbreakBench; writes harmful-behaviors.harmful.jsonl
  $ splora suite import xstest_prompts.csv --out xstest.jsonl   # has harmful and benign prompts
  $ splora suite import questions.txt --kind harmful            # a prompt in each line
  $ splora suite new --task train.jsonl --out suites            # tasks, benign look-alikes, how to add the rest

Known columns: JailbreakBench, HarmBench, XSTest, Alpaca (instruction, input, output), ShareGPT (conversations); OR-Bench and
DirectHarm4 by their file names; else prompt or messages, and reference, answer, completion, response or output. Nothing is
downloaded, and no harmful prompts come with this tool.

Exit codes: 0 done, 2 error.`;

/** `splora suite import` and `splora suite new`. */
export const defineSuite: Define = (command, terminal, done) => {
  const finished = (result: ImportSuiteResult): void => {
    terminal.out(summary(result));
    done(EXIT.ok);
  };
  command.description('Make suites of prompts for splora measure.').addHelpText('after', HELP);
  const importer = command
    .command('import')
    .description('Convert a file of prompts to suites.')
    .argument('<file>', 'CSV, TSV, JSON, JSON lines, or text with a prompt in each line');
  addFlags(importer, IMPORT_FLAGS).action(async (file: string, flags: ImportFlags) =>
    finished(
      await withEvaluator((evaluator, signal) =>
        evaluator.call('importSuite', { file, ...flags }, { signal }),
      ),
    ),
  );
  const maker = command
    .command('new')
    .description('Make a folder of suites from a training file.')
    .requiredOption('--task <path>', 'the training file: prompts and answers as JSON lines, JSON, or CSV');
  addFlags(maker, NEW_FLAGS).action(async ({ task, out = 'suites', ...flags }: NewFlags) =>
    finished(
      await withEvaluator((evaluator, signal) =>
        evaluator.call('newSuite', { task, out, ...flags }, { signal }),
      ),
    ),
  );
};

function summary({ files, notes }: ImportSuiteResult): string {
  return [
    ...files.map(({ path, kind, prompts }) => `${kind}: ${prompts} prompts, ${fullText(path)}`),
    ...noteLines(
      notes.map((note) => render(note)),
      '--json',
    ),
    '',
  ].join('\n');
}
