#!/usr/bin/env node
import { processTerminal } from './output';
import { runCli } from './program';

// A reader that had enough (`splora … | head`) is no error; the exit code still says how the command went.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// No process.exit: what was printed has to reach its pipe first.
void runCli(process.argv.slice(2), processTerminal()).then((code) => {
  process.exitCode = code;
});
