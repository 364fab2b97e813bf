import { failure, type ErrorCode } from '../core/errors';
import { headerByteLength, LENGTH_BYTES, parseHeader } from '../core/safetensors/header';
import type { SafetensorsHeader } from '../core/safetensors/types';
import type { ByteSource } from './byteSource';
import { say, type Message } from '../core/message';

/** Enough to recognize what a file is instead of safetensors. */
const SNIFF_BYTES = 512;

/**
 * Reads and validates the header; the data is not touched.
 * @throws SploraError 'bad-safetensors', or what the file is instead: 'lfs-pointer', 'unsupported-checkpoint'
 */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const { path, size } = source;
  const start = new Uint8Array(Math.min(size, SNIFF_BYTES));
  await source.readInto(start, 0);
  // A length may read as another format's signature by chance: only what cannot be safetensors is given another name.
  if (!looksLikeHeader(start)) throwIfOtherFormat(start, path);
  const length = headerByteLength(start, size, path);
  const json = new Uint8Array(length);
  const known = start.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  json.set(known);
  await source.readInto(json.subarray(known.length), LENGTH_BYTES + known.length);
  return parseHeader(json, size, path);
}

/** A length below 4 GB and then JSON: no text or signature passes for that. */
function looksLikeHeader(start: Uint8Array): boolean {
  const high = start.subarray(4, LENGTH_BYTES);
  return high.length === 4 && high.every((byte) => byte === 0) && /[{\s]/.test(latin1(start.subarray(8, 9)));
}

interface Signature {
  readonly matches: RegExp;
  readonly code: ErrorCode;
  readonly message: Message;
  readonly advice: Message;
}

const CONVERT = say(
  'Use the safetensors version of the model, or convert it: load it in Python and call save_pretrained(…, safe_serialization=True).',
);
const AGAIN = say('Download the file again; for a gated model you must be signed in.');

/** Matched against the first bytes as Latin-1. */
const SIGNATURES: readonly Signature[] = [
  {
    matches: /^version https:\/\/git-lfs\.github\.com\/spec\//,
    code: 'lfs-pointer',
    message: say('The file is a Git LFS pointer: the weights themselves were not downloaded'),
    advice: say('Run "git lfs pull" in the folder, then try again.'),
  },
  {
    matches: /^GGUF/,
    code: 'unsupported-checkpoint',
    message: say('The file is GGUF (llama.cpp), not safetensors'),
    advice: say('Choose the safetensors version of the same model, in bf16 or fp16.'),
  },
  {
    matches: /^PK(?:\x03\x04|\x05\x06)/,
    code: 'unsupported-checkpoint',
    message: say('The file is a PyTorch or zip archive, not safetensors'),
    advice: CONVERT,
  },
  {
    // PROTO, version 2 to 5, then an opcode of torch's legacy format or of a plain object.
    matches: /^\x80[\x02-\x05]/,
    code: 'unsupported-checkpoint',
    message: say(
      'The file is a Python pickle (old PyTorch), not safetensors; it was not opened, since pickles can run code',
    ),
    advice: CONVERT,
  },
  {
    matches: /^\x89HDF\r\n/,
    code: 'unsupported-checkpoint',
    message: say('The file is HDF5 (Keras), not safetensors'),
    advice: CONVERT,
  },
  {
    matches: /^\x93NUMPY/,
    code: 'unsupported-checkpoint',
    message: say('The file is a NumPy array, not safetensors'),
    advice: CONVERT,
  },
  {
    matches: /^\s*<(?:!doctype|html|head|\?xml)/i,
    code: 'bad-safetensors',
    message: say(
      'The file is a web page (most likely an error page that was saved under this name), not safetensors',
    ),
    advice: AGAIN,
  },
];

function throwIfOtherFormat(start: Uint8Array, file: string): void {
  if (start.length === 0) throw failure('bad-safetensors', say('The file is empty'), file, AGAIN);
  const text = latin1(start);
  const known = SIGNATURES.find(({ matches }) => matches.test(text));
  if (known !== undefined) throw failure(known.code, known.message, file, known.advice);
  // A length below 100 MB has zero bytes among its 8, so that plain text is never safetensors.
  if (/^[\t\n\r\x20-\x7e]+$/.test(text)) {
    const words = JSON.stringify(text.slice(0, 60).trim());
    const message = say('The file is plain text that begins with {0}, not safetensors', words);
    throw failure('bad-safetensors', message, file, AGAIN);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
