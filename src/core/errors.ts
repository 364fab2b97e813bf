import { render, say, verbatim, type Message, type Translate } from './message';
import { defined } from './record';

/**
 * Every failure a user can meet, as data that crosses process boundaries unchanged.
 * `code` is stable (tests and callers switch on it); `message` says what is wrong, `advice` what to do next.
 */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: Message;
  /** Absolute path of the file at fault. */
  readonly file?: string;
  /** Tensor or module name at fault, exactly as in the file (hostile text: show, never interpret). */
  readonly tensor?: string;
  readonly advice?: Message;
}

/** An error with its texts rendered, in the language of the user. */
export interface ErrorText extends Omit<ErrorData, 'message' | 'advice'> {
  readonly message: string;
  readonly advice?: string;
}

export type ErrorCode =
  | 'bad-safetensors' // the file breaks the safetensors format
  | 'bad-config' // adapter_config.json or config.json is not what its format says
  | 'bad-index' // model.safetensors.index.json is broken or points outside its folder
  | 'not-found' // a path or repo id leads to nothing
  | 'lfs-pointer' // a Git LFS pointer lies where weights should be
  | 'unsupported-adapter' // a known adapter kind that E-DIEM does not apply to
  | 'unsupported-dtype' // arithmetic is not defined here for this dtype
  | 'unsupported-checkpoint' // GGUF, .bin, quantized, no weights or several: recognized and declined
  | 'incomplete-checkpoint' // shards are missing: the rest may be on its way
  | 'wrong-models' // base and aligned do not fit the adapter or each other, or are the same
  | 'bad-request' // the caller asked for what cannot be (unknown pin, everything pruned, bad number)
  | 'output-exists' // never overwritten
  | 'io' // the operating system refused (disk full, permission, changed while read)
  | 'endpoint' // a server is not there, or answers what cannot be used
  | 'endpoint-key' // a server wants a key, or another one
  | 'cancelled'
  | 'process-crashed'
  | 'internal'; // a bug

/** The only error class that this project throws on purpose. */
export class SploraError extends Error {
  override readonly name = 'SploraError';
  readonly data: ErrorData;

  constructor(data: ErrorData, options?: ErrorOptions) {
    super(render(data.message), options);
    this.data = data;
  }
}

/** The error to throw, from its parts in the order in which a user reads them. */
export function failure(code: ErrorCode, message: Message, file?: string, advice?: Message): SploraError {
  return new SploraError({ code, message, ...defined({ file, advice }) });
}

/** The caller asked for what cannot be done. */
export function badRequest(message: Message, advice: Message, file?: string): SploraError {
  return failure('bad-request', message, file, advice);
}

/** Any thrown value as `ErrorData`; what is not a `SploraError` is reported as a bug or an I/O refusal. */
export function toErrorData(thrown: unknown): ErrorData {
  if (thrown instanceof SploraError) return thrown.data;
  if (thrown instanceof Error) {
    // Node's own type for these is not known where the webview is type-checked.
    const { code, path } = thrown as Error & { readonly code?: unknown; readonly path?: string };
    if (isOutOfMemory(thrown)) return { code: 'io', message: MEMORY_MESSAGE, advice: MEMORY_ADVICE };
    if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)) return ioErrorData(thrown.message, code, path);
    return {
      code: 'internal',
      message: verbatim(thrown.message),
      advice: say('This is a bug. Please report it and include the log.'),
    };
  }
  return { code: 'internal', message: verbatim(String(thrown)) };
}

const MEMORY_MESSAGE = say('Not enough memory');
const MEMORY_ADVICE = say('Close other programs, or choose smaller files, then try again.');

/** How V8 says it for arrays, buffers and WebAssembly; an exhausted stack is another RangeError, and a bug. */
function isOutOfMemory(thrown: Error): boolean {
  return thrown instanceof RangeError && /allocat|memory|(?:array|buffer) length/i.test(thrown.message);
}

const IO_ADVICE: Readonly<Record<string, Message>> = {
  ENOSPC: say('Free some disk space or choose another output folder, then try again.'),
  EDQUOT: say('Your disk quota is used up: free some space or choose another output folder.'),
  EACCES: say('Check the permissions of the folder, or choose another output folder.'),
  EPERM: say('Check the permissions of the folder, or choose another output folder.'),
  EROFS: say('The file system is read-only: choose another output folder.'),
  ENOENT: say('Check that the path exists.'),
  ELOOP: say('The link points to itself: replace it with the file.'),
  EMFILE: say('Too many files are open: close some and try again.'),
};

function ioErrorData(message: string, code: string, path: string | undefined): ErrorData {
  return { code: 'io', message: verbatim(message), ...defined({ file: path, advice: IO_ADVICE[code] }) };
}

/** After a user or a caller cancelled. */
export function cancelled(options?: ErrorOptions): SploraError {
  return new SploraError({ code: 'cancelled', message: say('Canceled.') }, options);
}

/** An error with its texts in a language; in English unless `translate` says otherwise. */
export function renderError(error: ErrorData, translate?: Translate): ErrorText {
  const { message, advice, ...rest } = error;
  return {
    ...rest,
    message: render(message, translate),
    ...(advice === undefined ? {} : { advice: render(advice, translate) }),
  };
}

/** One line for users: what, which file, which tensor, what to do. */
export function errorLine(error: ErrorText): string {
  const where = [
    error.file,
    error.tensor === undefined ? undefined : `tensor ${JSON.stringify(error.tensor)}`,
  ]
    .filter((part) => part !== undefined && !error.message.includes(part))
    .join(', ');
  const sentence = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`;
  return [where === '' ? sentence : `${sentence.slice(0, -1)} (${where}).`, error.advice]
    .filter(Boolean)
    .join(' ');
}

/** `errorLine` of an error as data, in English unless `translate` says otherwise. */
export function formatError(error: ErrorData, translate?: Translate): string {
  return errorLine(renderError(error, translate));
}
