import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** Where the results go as JSON; without it (on a desktop) only the reporter speaks. */
export const RESULT_VARIABLE = 'SPLORA_API_RESULT';
/** The file that exports `run()`. */
export const SUITE_VARIABLE = 'SPLORA_API_SUITE';

export interface ApiTestResult {
  /** Titles of the suites and the test, from the outside in. */
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'pending';
  readonly milliseconds: number;
  /** Message and stack of a failure. */
  readonly error?: string;
}

/** Only ends a test that hangs. */
const TIMEOUT_MS = 300_000;

/**
 * Runs mocha inside an extension host. `load` requires the test files: only then are `describe` and
 * `it` there. Rejects when a test failed, which is what `extensionTestsPath` asks of `run()`.
 */
export async function runMocha(load: () => void): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: TIMEOUT_MS, forbidOnly: true });
  // The event by which an interface puts its functions into the global scope; addFile would do it
  // too, but a bundled suite has no files to add.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  load();
  const results: ApiTestResult[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) => results.push(describeTest(test, 'passed')));
    runner.on('pending', (test) => results.push(describeTest(test, 'pending')));
    // Also hooks end here, under their own title.
    runner.on('fail', (test, error: unknown) => results.push(describeTest(test, 'failed', error)));
  });
  const file = process.env[RESULT_VARIABLE];
  if (file !== undefined) writeFileSync(file, JSON.stringify(results));
  if (failures > 0) {
    throw new Error(`${failures} of ${results.length} tests failed`);
  }
}

function describeTest(test: Mocha.Test, state: ApiTestResult['state'], error?: unknown): ApiTestResult {
  const result = { title: test.titlePath().join(' > '), state, milliseconds: test.duration ?? 0 };
  return error === undefined ? result : { ...result, error: textOf(error) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
