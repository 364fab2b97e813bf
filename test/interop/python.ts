import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../support/paths';

/** A Python with the packages asked for, or why there is none. */
export type Python =
  { readonly executable: string; readonly dispose: () => Promise<void> } | { readonly missing: string };

/** Looking for packages and unpacking them; torch alone has 500 MB. */
const INSTALL_MS = 420_000;
/** A registry that is not there answers late: one try each. */
const PIP = [
  '-m',
  'pip',
  'install',
  '--quiet',
  '--retries',
  '0',
  '--timeout',
  '10',
  '--only-binary',
  ':all:',
];

/**
 * A virtual environment with the packages, made for this test and removed after it. `SPLORA_INTEROP_PYTHON` names a
 * Python that has them already.
 */
export async function pythonWith(packages: readonly string[]): Promise<Python> {
  const given = process.env['SPLORA_INTEROP_PYTHON'];
  if (given !== undefined && given !== '') return { executable: given, dispose: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), 'splora-interop-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const made = await run('python3', ['-m', 'venv', folder], '', INSTALL_MS);
  const windows = join(folder, 'Scripts', 'python.exe');
  const executable = existsSync(windows) ? windows : join(folder, 'bin', 'python');
  const installed = made.code === 0 ? await run(executable, [...PIP, ...packages], '', INSTALL_MS) : made;
  if (installed.code === 0) return { executable, dispose };
  await dispose();
  const last = installed.err.trim().split('\n').at(-1) ?? '';
  return { missing: `no Python with ${packages.join(', ')} here (${last.slice(0, 200)})` };
}

/** Asks load.py one thing. */
export async function ask(executable: string, request: object): Promise<unknown> {
  const script = join(projectRoot, 'test', 'interop', 'load.py');
  const { code, out, err } = await run(executable, [script], JSON.stringify(request), INSTALL_MS);
  if (code !== 0) throw new Error(`load.py failed: ${err.slice(-2000)}`);
  return JSON.parse(out.trim().split('\n').at(-1) ?? '');
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(command: string, args: readonly string[], input: string, timeout: number): Promise<Ran> {
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      HF_HUB_OFFLINE: '1',
      TRANSFORMERS_VERBOSITY: 'error',
      OMP_NUM_THREADS: '1',
    };
    const child = spawn(command, args, { env, timeout, stdio: ['pipe', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.once('error', (error) => {
      resolve({ code: null, out, err: error.message });
    });
    child.once('close', (code) => {
      resolve({ code, out, err: code === null ? `${err}\nit took too long` : err });
    });
    child.stdin.on('error', () => undefined); // a command that is not there closes it
    child.stdin.end(input);
  });
}
