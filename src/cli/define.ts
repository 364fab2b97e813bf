import type { Command } from 'commander';
import type { ExitCode, Terminal } from './output';

/** Adds flags and the action of a command. `args`: the whole command line, for flags that depend on others. */
export type Define = (
  command: Command,
  terminal: Terminal,
  done: (code: ExitCode) => void,
  args: readonly string[],
) => void;
