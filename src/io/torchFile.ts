import { readStateDict } from '../core/pickle/stateDict';
import type { SafetensorsHeader } from '../core/safetensors/types';
import { failure, type SploraError } from '../core/errors';
import { say, type Message } from '../core/message';
import type { ByteSource } from './byteSource';

/** The end record of a zip archive, and its longest comment. */
const END_BYTES = 22;
const COMMENT_MAX = 0xffff;
const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
/** An adapter of 100,000 tensors has a directory of about 10 MB, and as much of names. */
const DIRECTORY_MAX = 64 * 1024 * 1024;
const PICKLE_MAX = 64 * 1024 * 1024;

/**
 * Names, dtypes and shapes of a file of `torch.save` (a zip archive, torch 1.6 and later). Only the list of tensors is
 * read, by an interpreter that runs nothing (`readStateDict`).
 * @throws SploraError `unsupported-adapter`, `io`
 */
export async function readTorchHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const directory = await readDirectory(source);
  const pickle = await readPickle(source, directory);
  return {
    tensors: readStateDict(pickle, source.path),
    metadata: new Map(),
    dataStart: 0,
    fileSize: source.size,
  };
}

function refused(source: ByteSource, message: Message): SploraError {
  const advice = say(
    'Convert it: load the adapter with PEFT and call save_pretrained(…, safe_serialization=True).',
  );
  return failure('unsupported-adapter', message, source.path, advice);
}

async function readView(source: ByteSource, position: number, length: number): Promise<DataView> {
  if (position < 0 || length < 0 || position + length > source.size)
    throw refused(source, say('The PyTorch file is damaged'));
  const bytes = new Uint8Array(length);
  await source.readInto(bytes, position);
  return new DataView(bytes.buffer);
}

async function readDirectory(source: ByteSource): Promise<DataView> {
  const length = Math.min(source.size, END_BYTES + COMMENT_MAX);
  const tail = await readView(source, source.size - length, length);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END_SIGNATURE) continue;
    const [size, offset] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
    if (size > DIRECTORY_MAX) break;
    return await readView(source, offset, size);
  }
  throw refused(source, say('The PyTorch file is not a zip archive of torch 1.6 or later'));
}

/** `<name>/data.pkl`, stored without compression as torch writes it. */
async function readPickle(source: ByteSource, directory: DataView): Promise<Uint8Array> {
  const bytes = new Uint8Array(directory.buffer);
  for (let at = 0; at + ENTRY_BYTES <= bytes.length && directory.getUint32(at, true) === ENTRY_SIGNATURE;) {
    const nameLength = directory.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength));
    if (/^[^/]+\/data\.pkl$/.test(name)) {
      const [method, size] = [directory.getUint16(at + 10, true), directory.getUint32(at + 24, true)];
      if (method !== 0 || size > PICKLE_MAX) break;
      const local = await readView(source, directory.getUint32(at + 42, true), LOCAL_BYTES);
      const skipped = local.getUint16(26, true) + local.getUint16(28, true);
      const start = directory.getUint32(at + 42, true) + LOCAL_BYTES + skipped;
      return new Uint8Array((await readView(source, start, size)).buffer);
    }
    at += ENTRY_BYTES + nameLength + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
  }
  throw refused(source, say('The PyTorch file has no list of tensors that can be read'));
}
