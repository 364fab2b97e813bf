import { createContext, Script } from 'node:vm';
import { say } from '../../core/message';
import { isRecord } from '../../core/record';
import { badFile } from './files';

/** The longest prompts, and the largest tokenizers to load, take some hundred milliseconds, on a slow machine seconds. */
const DEADLINE_MS = 10_000;
const MS_PER_SECOND = 1000;

/** Calls the host's function: only a script can be given a deadline, and it ends regular expressions too. */
const CALL = new Script('work()');
const CONTEXT = createContext({});

/** As `withDeadline`, for a file that is made ready for use. */
export function readWithDeadline<T>(file: string, work: () => T, ms = DEADLINE_MS): T {
  return within(ms, work, (seconds) =>
    badFile(file, say('reading it takes longer than {0} seconds', seconds)),
  );
}

/**
 * Templates are a stranger's programs, and tokenizers have a stranger's regular expressions: both can run for years on one
 * text. No message is let in meanwhile; a cancel ends the process.
 * @param file what is to blame
 * @throws SploraError 'bad-config' at the deadline; what `work` throws
 */
export function withDeadline<T>(file: string, work: () => T, ms = DEADLINE_MS): T {
  return within(ms, work, (seconds) => badFile(file, say('one text takes longer than {0} seconds', seconds)));
}

function within<T>(ms: number, work: () => T, tooLate: (seconds: number) => Error): T {
  let result: { readonly value: T } | undefined;
  CONTEXT['work'] = () => {
    result = { value: work() };
  };
  try {
    CALL.runInContext(CONTEXT, { timeout: ms });
  } catch (thrown) {
    // An error of the context is no `Error` of this one.
    if (!isRecord(thrown) || thrown['code'] !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw thrown;
    throw tooLate(ms / MS_PER_SECOND);
  } finally {
    delete CONTEXT['work'];
  }
  if (result === undefined) throw new Error('The work did not end.');
  return result.value;
}
