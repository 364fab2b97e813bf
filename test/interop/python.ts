import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../support/paths';

/** A running script of this folder. */
export interface Python {
  /** Sends the script one request and waits for its answer. */
  ask(request: object): Promise<unknown>;
  dispose(): void;
}

/** Outside of the checkout, where tens of thousands of files would be in the way. */
export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'splora-interop');
const REQUIREMENTS = join(projectRoot, 'test', 'interop', 'requirements.txt');
const OLDEST = [3, 11] as const;
/** Installing 5 GB is part of it; a guard against hanging only. */
export const HANG_MS = 60 * 60_000;
/** The set has 5 GB. Only a guard against hanging. */
const INSTALL_MS = 20 * 60_000;

export interface PythonOptions {
  /** Of torch; absent: 1. */
  readonly threads?: number;
}

/** A script with the packages of requirements.txt, or why this machine cannot have them. */
export async function startPython(
  script: string,
  options: PythonOptions = {},
): Promise<Python | { readonly missing: string }> {
  // Names a Python that has the packages already.
  const given = process.env['SPLORA_INTEROP_PYTHON'] ?? '';
  const executable = given === '' ? await environment() : given;
  return typeof executable === 'string' ? startScript(executable, script, options) : executable;
}

/**
 * A virtual environment with the packages of requirements.txt, one for each state of that file and of Python, so that
 * a kept one is never out of date. Its name appears by one rename when it is whole. Only a machine without Python or without a registry is a reason to skip; every other failure is one.
 */
async function environment(): Promise<string | { readonly missing: string }> {
  const version = await run('python3', ['-c', 'import sys; print(*sys.version_info[:3], sys.executable)']);
  if (!version.ok) return { missing: `no Python here (${version.last})` };
  const [major = 0, minor = 0] = version.last.split(' ').map(Number);
  if (major !== OLDEST[0] || minor < OLDEST[1])
    return { missing: `Python ${OLDEST.join('.')} or newer is needed (this is ${major}.${minor})` };
  const requirements = await readFile(REQUIREMENTS);
  const key = createHash('sha256').update(requirements).update(version.last).digest('hex').slice(0, 16);
  const folder = join(CACHE, key);
  if (existsSync(folder)) return pythonIn(folder);
  await mkdir(CACHE, { recursive: true });
  const stage = await mkdtemp(join(CACHE, 'stage-'));
  try {
    const missing = await installInto(stage);
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
async function installInto(folder: string): Promise<string | undefined> {
  const made = await run('python3', ['-m', 'venv', folder]);
  if (!made.ok) return `this Python makes no virtual environments (${made.last})`;
  const executable = pythonIn(folder);
  const pip = ['-m', 'pip', '--disable-pip-version-check'];
  const probe = await run(executable, [...pip, 'index', 'versions', 'uv', '--retries', '1']);
  if (!probe.ok) return `no package registry here (${probe.last})`;
  const wheels = ['--quiet', '--only-binary', ':all:'];
  await mustRun(executable, [...pip, 'install', ...wheels, '--constraint', REQUIREMENTS, 'uv']);
  const uv = ['-m', 'uv', 'pip'];
  await mustRun(executable, [...uv, 'sync', ...wheels, '--python', executable, REQUIREMENTS]);
  // `sync` installs what is in the file and nothing else: a dependency that is not pinned there is missing.
  await mustRun(executable, [...uv, 'check', '--quiet', '--python', executable]);
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

function startScript(executable: string, script: string, { threads = 1 }: PythonOptions): Python {
  const env = {
    ...process.env,
    HF_HUB_OFFLINE: '1',
    TRANSFORMERS_VERBOSITY: 'error',
    OMP_NUM_THREADS: String(threads),
    PYTHONDONTWRITEBYTECODE: '1',
    // Of serve.py, for scripts of other folders.
    PYTHONPATH: join(projectRoot, 'test', 'interop'),
  };
  const file = join(projectRoot, 'test', 'interop', script);
  const child = spawn(executable, [file], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (said = (said + piece).slice(-4000)));
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      reject(new Error(`${script} ended with ${String(code)}:\n${said}`));
    });
  });
  ended.catch(() => undefined); // it is told to those who ask
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  child.stdin.on('error', () => undefined); // `ended` says more
  return {
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line = await Promise.race([answers.next(), ended]);
      if (line.done === true) return ended;
      const { answer, error } = JSON.parse(line.value) as { answer?: unknown; error?: string };
      if (error !== undefined) throw new Error(`${script} failed: ${error}`);
      return answer;
    },
    dispose: () => {
      child.stdin.end();
    },
  };
}
