import { Command, CommanderError } from 'commander';
import { formatError, toErrorData, type ErrorData } from '../core/errors';
import { TOOL } from '../core/tool';
import type { Define } from './define';
import { documentText, EXIT, fullText, type ExitCode, type Terminal } from './output';
import { say, verbatim } from '../core/message';

/** For the help of `splora`: usage, summary, and the code of a command, which is loaded when it is called. */
const COMMANDS: Readonly<Record<string, readonly [usage: string, summary: string, () => Promise<Define>]>> = {
  analyze: [
    '<adapter...>',
    'score every module of an adapter',
    async () => (await import('./commands/analyze')).defineAnalyze,
  ],
  prune: [
    '<adapter>',
    'write a copy of an adapter without the selected modules',
    async () => (await import('./commands/repair')).definePrune,
  ],
  repair: [
    '<adapter>',
    'write a repaired copy of an adapter: measured, or with a chosen method',
    async () => (await import('./commands/repair')).defineRepair,
  ],
  export: [
    '<adapter>',
    'write an adapter for PEFT, vLLM, mlx-lm, or llama.cpp',
    async () => (await import('./commands/export')).defineExport,
  ],
  measure: [
    '<adapter>',
    'measure whether an adapter refuses harmful prompts and does its task',
    async () => (await import('./commands/measure')).defineMeasure,
  ],
  suite: [
    'import|new',
    'make suites of prompts for measure, from files that you have',
    async () => (await import('./commands/suite')).defineSuite,
  ],
  data: [
    'derta',
    'make training data for safer adapters, from files that you have',
    async () => (await import('./commands/data')).defineData,
  ],
  inspect: [
    '<path>',
    'show what an adapter or safetensors file contains',
    async () => (await import('./commands/inspect')).defineInspect,
  ],
  compare: [
    '<left> <right>',
    'show which modules of two adapters differ, and by how much',
    async () => (await import('./commands/compare')).defineCompare,
  ],
  check: [
    '<adapter>',
    'check whether PEFT, vLLM, or mlx-lm would load an adapter',
    async () => (await import('./commands/check')).defineCheck,
  ],
  mcp: [
    '',
    'serve tools for agents over the Model Context Protocol',
    async () => (await import('./commands/mcp')).defineMcp,
  ],
};

const HELP = `
Typical workflow:
  1. splora inspect my-adapter                                          what is in it?
  2. splora analyze my-adapter --base BASE --aligned CHAT               which modules stand out?
  3. splora prune my-adapter --base BASE --aligned CHAT --top 8         write a copy without them
  4. splora compare my-adapter my-adapter-splora                        what changed?
  5. splora measure my-adapter-splora --aligned CHAT --suite SUITES     does it refuse, and do its task?

Or all at once: splora repair my-adapter --base BASE --aligned CHAT --suite SUITES

BASE and CHAT are the model before and after alignment (e.g. Llama-3.1-8B and Llama-3.1-8B-Instruct): a folder, a
.safetensors file, or a Hugging Face repo ID in the local cache. Nothing is downloaded.

Exit codes: 0 done, 1 a gate failed (analyze --fail-above, --max-selected, --max-standouts; measure --max-asr, --min-task), a repair
missed its target (repair --suite), or a
loader would not fully load the adapter (check), 2 error, 130 interrupted.
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
    .description(
      "Measure whether a LoRA adapter refuses and does its task, score its modules against a chat model's alignment direction, and repair it.",
    )
    .version(TOOL.version, '-V, --version', 'show the version')
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
  for (const [name, [usage, summary, load]] of Object.entries(COMMANDS)) {
    const command = program.command(name).usage(`[options] ${usage}`).summary(summary);
    if (name === called) (await load())(command, terminal, done, args);
  }
  return program;
}

function report(thrown: unknown, json: boolean, terminal: Terminal): ExitCode {
  const error = thrown instanceof CommanderError ? usageError(thrown) : toErrorData(thrown);
  if (json) terminal.out(documentText({ error }));
  if (error.code === 'cancelled') {
    terminal.err('splora: canceled; no output was written.');
    return EXIT.interrupted;
  }
  terminal.err(`splora: ${fullText(formatError(error))}`);
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
