import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../support/paths';

/** Outside of the checkout, where tens of thousands of files would be in the way. */
export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'splora-interop');
const HERE = join(projectRoot, 'test', 'interop');
/** Its version of uv is everybody's. */
const UV = join(HERE, 'requirements.txt');
const OLDEST = [3, 11] as const;
/** The set has 5 GB. Only a guard against hanging. */
const INSTALL_MS = 20 * 60_000;

/**
 * The Python of a virtual environment with the packages of a file here, one for each state of that file and of Python, so
 * that a kept one is never out of date. Its name appears by one rename when it is whole. Only a machine without Python or
 * without a registry is a reason to skip; every other failure is one.
 * @param file requirements, each with its exact version
 * @param check whether all that the packages ask for must be in the file
 */
export async function pythonEnvironment(
  file: string,
  { check = true } = {},
): Promise<string | { readonly missing: string }> {
  const version = await run('python3', ['-c', 'import sys; print(*sys.version_info[:3], sys.executable)']);
  if (!version.ok) return { missing: `no Python here (${version.last})` };
  const [major = 0, minor = 0] = version.last.split(' ').map(Number);
  if (major !== OLDEST[0] || minor < OLDEST[1])
    return { missing: `Python ${OLDEST.join('.')} or newer is needed (this is ${major}.${minor})` };
  const path = join(HERE, file);
  const requirements = await readFile(path);
  const key = createHash('sha256').update(requirements).update(version.last).digest('hex').slice(0, 16);
  const folder = join(CACHE, key);
  if (existsSync(folder)) return pythonIn(folder);
  await mkdir(CACHE, { recursive: true });
  const stage = await mkdtemp(join(CACHE, 'stage-'));
  try {
    const missing = await installInto(stage, path, check);
    if (missing !== undefined) return { missing };
    if (!existsSync(folder)) await rename(stage, folder);
    return pythonIn(folder);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

const pythonIn = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

/** @returns why this machine cannot have the packages */
async function installInto(
  folder: string,
  requirements: string,
  check: boolean,
): Promise<string | undefined> {
  const made = await run('python3', ['-m', 'venv', folder]);
  if (!made.ok) return `this Python makes no virtual environments (${made.last})`;
  const executable = pythonIn(folder);
  const pip = ['-m', 'pip', '--disable-pip-version-check'];
  const probe = await run(executable, [...pip, 'index', 'versions', 'uv', '--retries', '1']);
  if (!probe.ok) return `no package registry here (${probe.last})`;
  const wheels = ['--quiet', '--only-binary', ':all:'];
  await mustRun(executable, [...pip, 'install', ...wheels, '--constraint', UV, 'uv']);
  const uv = ['-m', 'uv', 'pip'];
  await mustRun(executable, [...uv, 'sync', ...wheels, '--python', executable, requirements]);
  // `sync` installs what is in the file and nothing else: a dependency that is not pinned there is missing.
  if (check) await mustRun(executable, [...uv, 'check', '--quiet', '--python', executable]);
  return undefined;
}

interface Ran {
  readonly ok: boolean;
  readonly text: string;
  /** The last line of `text`. */
  readonly last: string;
}

function run(command: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: INSTALL_MS }, (error, out, err) => {
      const text = `${out}${err}`.trim() || (error?.message ?? '');
      resolve({ ok: error === null, text, last: text.split('\n').at(-1) ?? '' });
    });
  });
}

export async function mustRun(command: string, args: readonly string[]): Promise<void> {
  const { ok, text } = await run(command, args);
  if (!ok) throw new Error(`${args.join(' ')} failed:\n${text}`);
}
