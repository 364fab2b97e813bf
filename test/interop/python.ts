import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../support/paths';
import { pythonEnvironment } from './environment';

/** A running script of this folder. */
export interface Python {
  /** Sends the script one request and waits for its answer. */
  ask(request: object): Promise<unknown>;
  dispose(): void;
}

/** Installing 5 GB is part of it; a guard against hanging only. */
export const HANG_MS = 60 * 60_000;

export interface PythonOptions {
  /** Of torch; absent: 1. */
  readonly threads?: number;
  /** The packages of the script; absent: requirements.txt, the only ones that `SPLORA_INTEROP_PYTHON` has. */
  readonly requirements?: string;
}

/** A script with its packages, or why this machine cannot have them. */
export async function startPython(
  script: string,
  options: PythonOptions = {},
): Promise<Python | { readonly missing: string }> {
  const { requirements } = options;
  const executable =
    requirements === undefined ? await interopPython() : await pythonEnvironment(requirements);
  return typeof executable === 'string' ? startScript(executable, script, options) : executable;
}

/** The Python with the packages of requirements.txt. */
export async function interopPython(): Promise<string | { readonly missing: string }> {
  // Names a Python that has the packages already.
  const given = process.env['SPLORA_INTEROP_PYTHON'] ?? '';
  return given === '' ? await pythonEnvironment('requirements.txt') : given;
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
