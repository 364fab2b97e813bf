import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from './paths';

/** Makes an executable `splora` that runs the bundled command line, as `npm link` does. @returns its folder, for PATH */
export async function sploraCommand(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'splora');
  const cli = path.join(projectRoot, 'dist', 'cli.js');
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`);
  await chmod(file, 0o755);
  return folder;
}
