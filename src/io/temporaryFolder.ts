import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoCode, ioError } from './ioError';
import { isAlive, processNamespace } from './processes';

/** `splora-work-<namespace of process ids>-<owner's process id>-<random>` */
const NAME = /^splora-work-([0-9a-f]{8})-([1-9][0-9]{0,9})-[A-Za-z0-9]{6}$/;

/**
 * Runs `work` with a folder for this user alone, and removes it afterwards. Folders of processes that were killed are
 * removed first.
 * @throws SploraError `io`, or what `work` throws
 */
export async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = tmpdir();
  let folder: string;
  try {
    const real = await realpath(parent);
    await removeStale(real);
    folder = await mkdtemp(join(real, `splora-work-${processNamespace()}-${String(process.pid)}-`));
  } catch (thrown) {
    throw ioError(thrown, 'Creating a temporary folder failed: {0}', parent);
  }
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, namespace, pid] = NAME.exec(name) ?? [];
    if (namespace !== processNamespace() || pid === undefined || isAlive(Number(pid))) continue;
    try {
      await rm(join(parent, name), { recursive: true, force: true });
    } catch (thrown) {
      // It belongs to another user.
      if (errnoCode(thrown) === undefined) throw thrown;
    }
  }
}
