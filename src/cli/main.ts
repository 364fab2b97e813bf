#!/usr/bin/env node
import { writeSync } from 'node:fs';
import { formatError, toErrorData } from '../core/errors';
import { EXIT, fullText, processTerminal } from './output';
import { runCli } from './program';

const STDERR = 2;

/** What nothing else catches, e.g. a full disk under standard output: one line, and never the exit code of a gate. */
function fail(thrown: unknown): never {
  try {
    writeSync(STDERR, `splora: ${fullText(formatError(toErrorData(thrown)))}\n`);
  } catch {
    // Standard error is what failed: the exit code is all that is left to tell it.
  }
  process.exit(EXIT.error);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

// A reader that had enough (`splora … | head`) is no error; the exit code still says how the command went.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(error);
  });
}

// No process.exit: what was printed has to reach its pipe first.
void runCli(process.argv.slice(2), processTerminal()).then((code) => {
  process.exitCode = code;
}, fail);
