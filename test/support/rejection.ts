import assert from 'node:assert/strict';
import { SploraError, type ErrorCode, type ErrorData } from '../../src/core/errors';
import { english } from './english';

/** The data of the `SploraError` that `work` ends with; fails when it ends otherwise. */
export async function rejection(
  work: Promise<unknown> | (() => unknown),
  code: ErrorCode,
): Promise<ErrorData> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (thrown) {
    if (!(thrown instanceof SploraError)) throw thrown;
    assert.equal(thrown.data.code, code, english(thrown.data.message));
    return thrown.data;
  }
  assert.fail(`expected an error "${code}"`);
}

/** As `rejection`, for what throws at once. */
export function thrownData(work: () => unknown, code: ErrorCode): ErrorData {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof SploraError)) throw thrown;
    assert.equal(thrown.data.code, code, english(thrown.data.message));
    return thrown.data;
  }
  assert.fail(`expected an error "${code}"`);
}
