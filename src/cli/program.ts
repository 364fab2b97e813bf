import { Command, CommanderError } from 'commander';

import { formatError, toErrorData, type ErrorData } from '../core/errors';
import { visibleText } from '../core/report/escape';
import { TOOL } from '../core/tool';
import { addAnalyze } from './commands/analyze';
import { addCheck } from './commands/check';
import { addCompare } from './commands/compare';
import { addInspect } from './commands/inspect';
import { addPrune } from './commands/prune';
import { EXIT, type ExitCode } from './exitCodes';
import { documentText, type Terminal } from './output';
import { say, verbatim } from '../core/message';

const HELP = `
The usual order:
  1. splora inspect my-adapter                                          what is in it?
  2. splora analyze my-adapter --base BASE --aligned CHAT               which modules stand out?
  3. splora prune my-adapter --base BASE --aligned CHAT --top 8         write a copy without them
  4. splora compare my-adapter my-adapter-splora                        what changed?

BASE and CHAT are the model before and after alignment (e.g. Llama-3.1-8B and Llama-3.1-8B-Instruct): a folder, a
.safetensors file, or a Hugging Face repo id that is in the local cache. Nothing is downloaded.

Exit codes: 0 done, 1 a gate failed (analyze --fail-above, --max-flagged) or a
loader would not load the adapter whole (check), 2 error, 130 interrupted.
Results go to standard output, progress and errors to standard error. With --json an error is also printed on standard
output, as {"schemaVersion", "error": {"code", "message", "file"?, "tensor"?, "advice"?}}. NO_COLOR is respected.`;

/**
 * Runs the command line `args` (without node and script) and says what the process exits with; never throws.
 * Results go to `terminal.out`, all else to `terminal.err`.
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = buildProgram(terminal, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // Without a command the whole help was printed, which says more than any line.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.error;
    return report(error, asksForJson(args), terminal);
  }
}

/** Looked up in the words themselves: where flags are wrong, they were not parsed. */
function asksForJson(args: readonly string[]): boolean {
  return args.some(
    (word, at) =>
      word === '--json' || word === '--format=json' || (word === 'json' && args[at - 1] === '--format'),
  );
}

function buildProgram(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const program = new Command('splora')
    .description("Score a LoRA adapter's modules against a chat model's alignment direction, and prune it.")
    .version(TOOL.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false, helpWidth: 100 })
    .configureOutput({
      writeOut: terminal.out,
      outputError: () => undefined,
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .exitOverride()
    .addHelpText('after', HELP);
  for (const add of [addAnalyze, addPrune, addInspect, addCompare, addCheck]) add(program, terminal, done);
  return program;
}

/** Longer than any sentence of ours with a path in it. */
const MAX_ERROR = 10_000;

function report(thrown: unknown, json: boolean, terminal: Terminal): ExitCode {
  const error = thrown instanceof CommanderError ? usageError(thrown) : toErrorData(thrown);
  if (json) terminal.out(documentText({ error }));
  if (error.code === 'cancelled') {
    terminal.err('splora: cancelled; nothing was written.');
    return EXIT.interrupted;
  }
  terminal.err(`splora: ${visibleText(formatError(error), MAX_ERROR)}`);
  return EXIT.error;
}

function usageError({ message }: CommanderError): ErrorData {
  const text = message.replace(/^error: /, '').replaceAll('\n', ' ');
  const sentence = verbatim(text.charAt(0).toUpperCase() + text.slice(1));
  return {
    code: 'bad-request',
    message: sentence,
    advice: say('splora --help shows the commands, splora COMMAND --help their flags.'),
  };
}
