import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { projectRoot, sample } from '../support/paths';

const CLI_FILE = path.join(projectRoot, 'dist', 'cli.js');

export const MODELS = ['--base', sample('base'), '--aligned', sample('aligned')] as const;

export interface CliResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the bundled command line as a user's shell would. */
export function startCli(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly stdout?: number } = {},
): ChildProcess {
  if (!existsSync(CLI_FILE)) throw new Error('dist/cli.js is missing: run `npm run build` first.');
  return spawn(process.execPath, [CLI_FILE, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
  });
}

/** Resolves when the process has ended and its streams are closed. */
export function ended(child: ChildProcess): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    let [out, err] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, out, err });
    });
  });
}

export function cli(...args: readonly string[]): Promise<CliResult> {
  return ended(startCli(args));
}
