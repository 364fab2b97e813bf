import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFolderAtomically } from '../../src/io/atomicWrite';

/** A process to be killed: writes the folders `<prefix>0`, `<prefix>1`, …, and prints a line at each step. */
async function main(prefix: string): Promise<void> {
  for (let n = 0; ; n++) {
    await writeFolderAtomically(`${prefix}${String(n)}`, async (stage) => {
      await writeFile(join(stage, 'first'), 'x'.repeat(100_000));
      process.stdout.write('half\n');
      await writeFile(join(stage, 'second'), 'y'.repeat(100_000));
      process.stdout.write('filled\n');
    });
    process.stdout.write('done\n');
  }
}

void main(process.argv[2] ?? '');
