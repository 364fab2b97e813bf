// Plain Node, no packages: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Runs a program in the project's folder with its output passed on.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code; 128 + n after signal n is not told apart from 1
 */
export function run(command, args) {
  return new Promise((resolve, reject) => {
    // npm is a .cmd file on Windows, which only a shell can start; all arguments here are constants of ours.
    const shell = process.platform === 'win32' && command !== process.execPath;
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', shell });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** npm writes this file at the end of every installation. */
function isInstalled() {
  const installed = statSync(path.join(root, 'node_modules/.package-lock.json'), { throwIfNoEntry: false });
  return (
    installed !== undefined && installed.mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs
  );
}

/**
 * `npm ci`, unless node_modules is there and no older than the lock file.
 * @returns {Promise<number>} exit code
 */
export async function install() {
  if (isInstalled()) return 0;
  return run('npm', ['ci', '--no-audit', '--no-fund']);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await install();
