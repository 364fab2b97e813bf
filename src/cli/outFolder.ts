import { badRequest } from '../core/errors';
import { say } from '../core/message';
import { checkFree } from '../io/checkFree';

/** Before any weight is read. @throws SploraError `bad-request` for an empty `--out`; those of `checkFree` */
export async function checkOut(out: string | undefined): Promise<void> {
  if (out === undefined) return;
  if (out.trim() === '') throw badRequest(say('--out is empty.'), say('Name the folder to write to.'));
  await checkFree(out);
}
