import { execFile, spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { projectRoot } from '../../support/paths';
import { pythonEnvironment } from '../environment';

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starting vLLM takes a minute on an idle machine. Only a guard against hanging. */
const START_MS = 10 * 60_000;
const STOP_MS = 20_000;
const POLL_MS = 250;

/** The Python that a server needs, or why it cannot run here. */
export async function serverPython(
  requirements: string,
  options?: { readonly check: boolean },
): Promise<string | { readonly missing: string }> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: 'the pinned packages are for Linux on x64' };
  return await pythonEnvironment(join('servers', requirements), options);
}

/** Makes the tiny family in another form: see models.py. */
export async function makeModels(python: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(python, [join(projectRoot, 'test', 'interop', 'servers', 'models.py'), ...args]);
}

/**
 * Starts a server on a free port and waits until it answers `GET /health` with 200.
 * @param args for a port
 */
export async function startServer(
  command: string,
  args: (port: string) => readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(command, args(String(port)), {
    // A group of its own: vLLM has children.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HF_HUB_OFFLINE: '1', DO_NOT_TRACK: '1', VLLM_NO_USAGE_STATS: '1', ...env },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (log = (log + piece).slice(-6000)));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let failed: Error | undefined;
  child.once('error', (error) => (failed = error));
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    endGroup(child.pid, 'SIGTERM');
    await Promise.race([closed, delay(STOP_MS, undefined, { ref: false })]);
    endGroup(child.pid, 'SIGKILL');
    await closed;
  };
  for (const end = performance.now() + START_MS; !(await isHealthy(url)); await delay(POLL_MS)) {
    const ended = failed !== undefined || child.exitCode !== null;
    if (!ended && performance.now() < end) continue;
    if (!ended) await stop();
    throw new Error(`${command} did not start (${failed?.message ?? String(child.exitCode)}):\n${log}`);
  }
  return { url, stop };
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch (thrown) {
    if (thrown instanceof TypeError) return false; // not listening yet
    throw thrown;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
