import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, small and perhaps read-only. */
export interface SmallDisk {
  readonly folder: string;
  readonly makeReadOnly: () => void;
  readonly dispose: () => Promise<void>;
}

/** Mounts a tmpfs of `bytes`; a reason where that cannot be done (it needs Linux and root). */
export async function mountSmallDisk(bytes: number): Promise<SmallDisk | string> {
  if (process.platform !== 'linux') return 'tmpfs is of Linux only';
  const folder = await mkdtemp(join(tmpdir(), 'splora-disk-'));
  const mount = (...args: readonly string[]): string => {
    const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
    return status === 0 ? '' : (error?.message ?? stderr.trim());
  };
  const problem = mount('-t', 'tmpfs', '-o', `size=${String(bytes)}`, 'splora-test', folder);
  if (problem !== '') {
    await rm(folder, { recursive: true });
    return `a tmpfs cannot be mounted here (${problem})`;
  }
  return {
    folder,
    makeReadOnly: () => {
      const problem = mount('-o', 'remount,ro', folder);
      if (problem !== '') throw new Error(problem);
    },
    dispose: async () => {
      spawnSync('umount', [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
