import { randomBytes } from 'node:crypto';
import { lstatSync, renameSync } from 'node:fs';
import { chmod, link, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SploraError, type ErrorData } from '../core/errors';
import {
  checkCancelled,
  errnoCode,
  ioError,
  outputExists,
  reading,
  readingSync,
  statIfThere,
} from './ioError';
import { isAlive, processNamespace } from './processes';

/** `.splora-stage-<namespace of process ids>-<owner's process id>-<random>` */
const STAGE_NAME = /^\.splora-stage-([0-9a-f]{8})-([1-9][0-9]{0,9})-[0-9a-f]{12}$/;
/** More siblings than this mean that something is wrong. */
const MAX_SIBLINGS = 10_000;
/** Windows: virus scanners and indexers hold new files open for moments; 20 tries are two seconds. */
const RENAME_TRIES = 20;
const RENAME_PAUSE_MS = 100;

/**
 * Makes the folder `target` appear at once and whole, or not at all, whenever the process is killed. `fill` writes into
 * a hidden stage beside it, which is flushed to the disk and then renamed; the stage is removed on failure, and stages
 * of processes that were killed are removed by the next write.
 *
 * Nothing is replaced, also when another process creates `target` meanwhile: renaming a folder onto a file, a link or a
 * folder with anything in it is refused by the operating system. (POSIX can rename onto an *empty* folder made between
 * our look and the rename: nothing is lost. Claiming the name with an empty folder first would close that gap, but a
 * kill between the two calls would then leave an empty output.)
 * @param targets a path, or several in the order of preference (`siblingNames`): the first that is free when the stage
 * is whole is taken, so that writers at once each get a name of their own
 * @returns the absolute path that was made
 * @throws SploraError 'output-exists', 'io', 'not-found' (no parent folder), 'cancelled', or what `fill` throws
 */
export async function writeFolderAtomically(
  targets: string | Iterable<string>,
  fill: (stage: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<string> {
  checkCancelled(signal);
  const names = (typeof targets === 'string' ? [targets] : targets)[Symbol.iterator]();
  let final = firstFree(names);
  await withStage(final, async (stage) => {
    // Private until it has the modes of its original.
    await mkdir(stage, { mode: 0o700 });
    await fill(stage);
    await flushTree(stage);
    checkCancelled(signal);
    while (!(await renameToNew(stage, final))) final = firstFree(names, final);
  });
  return final;
}

/**
 * Writes one small file whole or not at all.
 * @param options.replace whether a file that is there is replaced (a link's target, not the link); else it is refused
 * @throws SploraError 'output-exists', 'io', 'not-found'
 */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array | string,
  options: { readonly replace: boolean },
): Promise<void> {
  const final = options.replace ? await followLink(resolve(path)) : resolve(path);
  if (!options.replace) refuseExisting(final);
  await withStage(final, async (stage) => {
    const handle = await open(stage, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (options.replace) await retried(() => rename(stage, final));
    else await linkNew(stage, final);
  });
}

/** `X-splora`, `X-splora-2`, `X-splora-3`, … for a path `X`. */
export function* siblingNames(path: string, suffix = 'splora'): Generator<string> {
  const whole = resolve(path);
  const stem = join(dirname(whole), `${basename(whole)}-${suffix}`);
  for (let n = 1; n <= MAX_SIBLINGS; n++) yield n === 1 ? stem : `${stem}-${String(n)}`;
}

/**
 * The first of the names that does not exist yet.
 * @param taken a name that was taken, for the error where no other is left
 * @throws SploraError 'output-exists' where all are taken, 'io'
 */
export function firstFree(names: Iterator<string>, taken = ''): string {
  for (let next = names.next(); next.done !== true; next = names.next()) {
    taken = resolve(next.value);
    if (!exists(taken)) return taken;
  }
  throw outputExists(taken);
}

/**
 * Gives `copy` the permissions of `original`: what only its owner may read stays so. File systems without permissions
 * refuse the call; there is nothing to keep there.
 */
export async function copyMode(original: string, copy: string): Promise<void> {
  try {
    await chmod(copy, (await stat(original)).mode & 0o777);
  } catch (thrown) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errnoCode(thrown) ?? '')) throw thrown;
  }
}

/** Runs `work` with the path of a stage beside `final`, and leaves no stage behind. */
async function withStage(final: string, work: (stage: string) => Promise<void>): Promise<void> {
  const parent = dirname(final);
  const owner = `${processNamespace()}-${String(process.pid)}`;
  const stage = join(parent, `.splora-stage-${owner}-${randomBytes(6).toString('hex')}`);
  try {
    await removeStaleStages(parent);
    await work(stage);
    await flushFolder(parent);
  } catch (thrown) {
    throw namingTarget(ioError(thrown, 'Writing the output failed: {0}', final), stage, final);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** The error with the target in place of its stage, which is gone when the user reads it. */
function namingTarget(error: SploraError, stage: string, final: string): SploraError {
  const text = JSON.stringify(error.data);
  if (!text.includes(basename(stage))) return error;
  const named = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? value.replaceAll(stage, final) : value;
  return new SploraError(JSON.parse(text, named) as ErrorData, { cause: error });
}

/** Removes what killed processes of this machine left in `parent`; what cannot be removed does no harm. */
async function removeStaleStages(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, namespace, pid] = STAGE_NAME.exec(name) ?? [];
    if (namespace !== processNamespace() || pid === undefined || isAlive(Number(pid))) continue;
    try {
      await rm(join(parent, name), { recursive: true, force: true });
    } catch (thrown) {
      // Another write may be removing it too, or it belongs to another user.
      if (errnoCode(thrown) === undefined) throw thrown;
    }
  }
}

/** @returns false where the name was taken meanwhile */
function renameToNew(stage: string, final: string): Promise<boolean> {
  return retried(() => {
    // Synchronous, so that nothing in this process runs between the check and the rename.
    if (exists(final)) return Promise.resolve(false);
    try {
      renameSync(stage, final);
    } catch (thrown) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR'].includes(errnoCode(thrown) ?? '')) throw thrown;
      return Promise.resolve(false);
    }
    return Promise.resolve(true);
  });
}

/** A hard link is refused by the system when the name is taken, which a rename is not. */
async function linkNew(stage: string, final: string): Promise<void> {
  try {
    await link(stage, final);
  } catch (thrown) {
    const code = errnoCode(thrown);
    if (code === 'EEXIST') throw outputExists(final);
    // File systems without hard links (exFAT, some network shares).
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw thrown;
    await retried(() => {
      refuseExisting(final);
      renameSync(stage, final);
      return Promise.resolve();
    });
  }
}

async function retried<T>(rename: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await rename();
    } catch (thrown) {
      const busy = ['EPERM', 'EACCES', 'EBUSY'].includes(errnoCode(thrown) ?? '');
      if (process.platform !== 'win32' || !busy || tries === RENAME_TRIES) throw thrown;
      await delay(RENAME_PAUSE_MS);
    }
  }
}

function refuseExisting(path: string): void {
  if (exists(path)) throw outputExists(path);
}

/** Links that lead nowhere count as existing. */
function exists(path: string): boolean {
  return readingSync(path, () => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
}

async function followLink(path: string): Promise<string> {
  return (await statIfThere(path)) === undefined ? path : await reading(path, () => realpath(path));
}

async function flushTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await flushTree(path);
    else if (entry.isFile()) await flush(path, 'r+');
  }
  await flushFolder(folder);
}

/** Makes the names in a folder last through a power cut. Windows cannot, and needs not. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    await flush(folder, 'r');
  } catch (thrown) {
    // Some network and FUSE file systems know no fsync of folders: they have done what they can.
    if (!['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM'].includes(errnoCode(thrown) ?? '')) throw thrown;
  }
}

async function flush(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
