import { randomBytes } from 'node:crypto';
import { link, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { failure, type SploraError } from '../core/errors';
import { say } from '../core/message';
import { readSmallFile } from './folderFiles';
import { errnoCode, ioError, reading, statIfThere } from './ioError';
import { isAlive, processNamespace } from './processes';

/** Each try is lost only to another process that took or removed the lock in that moment. */
const TRIES = 20;
/** A lock whose text is not written after this time was left by a process that was killed. */
const WRITING_MS = 10_000;
const MAX_BYTES = 200;
const FORM = /^splora ([0-9a-f]{8}) ([1-9][0-9]{0,9})\n$/;

/** Locks of this process: another process may have had its id before. */
const held = new Set<string>();

/**
 * Runs `work` while no other process does so with the same file: `<file>.lock` beside it holds the id of this process. A
 * lock whose process is gone is taken over. A file that is no regular one, such as /dev/null, is not locked.
 * @param file absent: nothing is locked
 * @throws SploraError 'bad-request' with the path of the lock where another run has it; 'io'; what `work` throws
 */
export async function withFileLock<T>(file: string | undefined, work: () => Promise<T>): Promise<T> {
  const lock = file === undefined ? undefined : await lockOf(file);
  if (lock === undefined) return await work();
  if (held.has(lock)) throw inUse(lock, process.pid);
  held.add(lock);
  try {
    await take(lock);
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  } finally {
    held.delete(lock);
  }
}

/** One name for each file, whatever links lead to it. */
async function lockOf(file: string): Promise<string | undefined> {
  const found = await statIfThere(file);
  if (found !== undefined && !found.isFile()) return undefined;
  const [folder, name] = [dirname(resolve(file)), basename(file)];
  const real = await reading(file, async () =>
    found === undefined ? join(await realpath(folder), name) : await realpath(file),
  );
  return `${real}.lock`;
}

async function take(lock: string): Promise<void> {
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      if (await create(lock)) return;
      await removeStale(lock);
    }
  } catch (thrown) {
    throw ioError(thrown, 'Creating the file failed: {0}', lock);
  }
  throw inUse(lock);
}

/** @returns false where it is there already */
async function create(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, `splora ${processNamespace()} ${process.pid}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (thrown) {
    if (errnoCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

/** @throws SploraError 'bad-request' for one that is in use, or may be */
async function removeStale(lock: string): Promise<void> {
  const text = await textOf(lock);
  if (text === undefined) return;
  await refuseInUse(lock, text);
  // Moved first, and looked at again: another process may have taken the lock over meanwhile.
  const moved = `${lock}.${randomBytes(6).toString('hex')}`;
  if ((await ifThere(() => rename(lock, moved).then(() => true))) === undefined) return;
  try {
    if ((await textOf(moved)) !== text) await link(moved, lock);
  } finally {
    await rm(moved, { force: true });
  }
}

async function refuseInUse(lock: string, text: string): Promise<void> {
  const [, namespace, id] = FORM.exec(text) ?? [];
  if (id === undefined) {
    const found = await statIfThere(lock);
    if (found !== undefined && Date.now() - found.mtimeMs < WRITING_MS) throw inUse(lock);
    return;
  }
  const pid = Number(id);
  if (namespace !== processNamespace()) throw inUse(lock, pid);
  // One of this process's own id is not this process's: `held` has those.
  if (pid !== process.pid && isAlive(pid)) throw inUse(lock, pid);
}

async function textOf(lock: string): Promise<string | undefined> {
  const bytes = await ifThere(() => readSmallFile(lock, MAX_BYTES));
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (errnoCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

function inUse(lock: string, pid?: number): SploraError {
  return failure(
    'bad-request',
    pid === undefined
      ? say('Another run is using the same file')
      : say('Another run is using the same file (process {0})', pid),
    lock,
    say('Wait until it ends, or name another file. If no such process is running, delete the lock file.'),
  );
}
