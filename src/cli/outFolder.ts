import { badRequest } from '../core/errors';
import { say } from '../core/message';
import { checkFree, checkOutside } from '../io/checkFree';

/**
 * Before any weight is read.
 * @throws SploraError `bad-request` for an empty `--out`; those of `checkOutside` and `checkFree`
 */
export async function checkOut(out: string | undefined, adapter: string): Promise<void> {
  if (out === undefined) return;
  if (out.trim() === '') throw badRequest(say('--out is empty.'), say('Name the folder to write to.'));
  await checkOutside(out, adapter);
  await checkFree(out);
}
