import { Command, CommanderError } from 'commander';
import { formatError, toErrorData, type ErrorData } from '../core/errors';
import { visibleText } from '../core/report/escape';
import { TOOL } from '../core/tool';
import { EXIT, type ExitCode } from './exitCodes';
import { documentText, type Terminal } from './output';
import { say, verbatim } from '../core/message';

/** Adds flags and the action of a command. `args`: the whole command line, for flags that depend on others. */
export type Define = (
  command: Command,
  terminal: Terminal,
  done: (code: ExitCode) => void,
  args: readonly string[],
) => void;

/** The help of `splora` needs no more than this. A command's code is loaded when it is called. */
const COMMANDS: Readonly<
  Record<string, { readonly usage: string; readonly summary: string; readonly load: () => Promise<Define> }>
> = {
  analyze: {
    usage: '<adapter>',
    summary: 'score every module of an adapter',
    load: async () => (await import('./commands/analyze')).defineAnalyze,
  },
  prune: {
    usage: '<adapter>',
    summary: 'write a copy of an adapter without the modules that stand out',
    load: async () => (await import('./commands/repair')).definePrune,
  },
  repair: {
    usage: '--method <id> <adapter>',
    summary: 'write a repaired copy of an adapter, by any method',
    load: async () => (await import('./commands/repair')).defineRepair,
  },
  inspect: {
    usage: '<path>',
    summary: 'show what an adapter or safetensors file holds',
    load: async () => (await import('./commands/inspect')).defineInspect,
  },
  compare: {
    usage: '<left> <right>',
    summary: 'show which modules of two adapters differ, and by how much',
    load: async () => (await import('./commands/compare')).defineCompare,
  },
  check: {
    usage: '<adapter>',
    summary: 'say whether PEFT, vLLM or mlx-lm would load an adapter',
    load: async () => (await import('./commands/check')).defineCheck,
  },
};

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
  try {
    const program = await buildProgram(args, terminal, (code) => (exitCode = code));
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

async function buildProgram(
  args: readonly string[],
  terminal: Terminal,
  done: (code: ExitCode) => void,
): Promise<Command> {
  const program = new Command('splora')
    .description("Score a LoRA adapter's modules against a chat model's alignment direction, and prune it.")
    .version(TOOL.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .showSuggestionAfterError()
    .configureHelp({
      showGlobalOptions: false,
      helpWidth: 100,
      subcommandTerm: (command) => `${command.name()} ${command.usage()}`,
    })
    .configureOutput({
      writeOut: terminal.out,
      outputError: () => undefined,
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .exitOverride()
    .addHelpText('after', HELP);
  // Also after `help`. The program itself has no options that take a value.
  const called = args.find((word) => Object.hasOwn(COMMANDS, word));
  for (const [name, { usage, summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).usage(`[options] ${usage}`).summary(summary);
    if (name === called) (await load())(command, terminal, done, args);
  }
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
