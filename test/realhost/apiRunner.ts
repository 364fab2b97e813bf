import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import type { RealHostPaths } from './install.mjs';
import { RESULT_VARIABLE, SUITE_VARIABLE, type ApiTestResult } from './mochaInHost';
import { RealServer, type ServerOptions } from './server';
import { waitFor } from './waiting';
import { VsCodeWindow } from './window';

export interface ApiRunOptions extends ServerOptions {
  /** The built suite: a CommonJS file that exports `run()`. */
  readonly suite: string;
}

export interface ApiRunResult {
  readonly tests: readonly ApiTestResult[];
  /** Why the suite did not run or did not end well; empty when every test passed. */
  readonly error: string;
  /** Logs of the server and the extension host, kept when there was an error. */
  readonly logs: string;
}

/** Only ends a suite that hangs. */
const SUITE_TIMEOUT_MS = 30 * 60_000;

/**
 * Builds one file that exports `run()` out of test files. The real host and `@vscode/test-electron`
 * (as `extensionTestsPath`) run the same file. It must lie where `mocha` resolves: in the checkout.
 * @param harness the folder of this file
 */
export async function buildApiSuite(
  harness: string,
  testFiles: readonly string[],
  outfile: string,
): Promise<void> {
  const files = testFiles.map((file) => `require(${JSON.stringify(path.resolve(file))});`);
  const runner = JSON.stringify(path.join(harness, 'mochaInHost.ts'));
  await build({
    stdin: {
      contents: `const { runMocha } = require(${runner});\nexports.run = () => runMocha(() => {\n${files.join('\n')}\n});\n`,
      resolveDir: harness,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    // mocha looks for its own files on disk, and vscode exists only inside the host.
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
}

/** Runs a built suite in the extension host of a server and a window of its own. */
export async function runApiSuite(
  host: RealHostPaths,
  browser: Browser,
  options: ApiRunOptions,
): Promise<ApiRunResult> {
  const { suite, ...serverOptions } = options;
  const server = await RealServer.start(host, {
    ...serverOptions,
    unpackedExtensions: [...(options.unpackedExtensions ?? []), path.join(host.harness, 'apiHost')],
    env: (folder) => ({
      ...options.env?.(folder),
      [SUITE_VARIABLE]: path.resolve(suite),
      [RESULT_VARIABLE]: resultFile(folder),
    }),
  });
  try {
    const window = await VsCodeWindow.open(browser, server);
    const end = await waitFor(
      'the end of the suite',
      () => readJson<{ error: string }>(`${resultFile(server.folder)}.end`),
      { timeoutMs: SUITE_TIMEOUT_MS, seen: () => server.logs() },
    );
    const tests = (await readJson<ApiTestResult[]>(resultFile(server.folder))) ?? [];
    await window.close();
    return { tests, error: end.error, logs: end.error === '' ? '' : await server.logs() };
  } finally {
    await server.dispose();
  }
}

function resultFile(folder: string): string {
  return path.join(folder, 'api-result.json');
}

/** Both ends of these files are ours and of one version, so their shape is not checked again. */
async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
