import assert from 'node:assert/strict';
import { SploraError, type ErrorCode, type ErrorData } from '../../src/core/errors';
import { english } from './english';

/** The data of the `SploraError` that `work` ends with; fails when it ends otherwise, or says something else. */
export async function rejection(
  work: Promise<unknown> | (() => unknown),
  code: ErrorCode,
  message?: RegExp,
): Promise<ErrorData> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (thrown) {
    return expected(thrown, code, message);
  }
  assert.fail(`expected an error "${code}"`);
}

/** As `rejection`, for what throws at once. */
export function thrownData(work: () => unknown, code: ErrorCode, message?: RegExp): ErrorData {
  try {
    work();
  } catch (thrown) {
    return expected(thrown, code, message);
  }
  assert.fail(`expected an error "${code}"`);
}

function expected(thrown: unknown, code: ErrorCode, message: RegExp | undefined): ErrorData {
  if (!(thrown instanceof SploraError)) throw thrown;
  assert.equal(thrown.data.code, code, english(thrown.data.message));
  if (message !== undefined) assert.match(english(thrown.data.message), message);
  return thrown.data;
}
