import { checkLoad } from '../../src/core/check/checkLoad';
import type { CheckInput, Loader, LoaderCheck } from '../../src/core/check/types';

/** What one loader does with the adapter. */
export function checkOne(loader: Loader, input: CheckInput): LoaderCheck {
  const [check] = checkLoad(input, [loader]);
  if (check === undefined) throw new Error('no check');
  return check;
}
