import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkFree, checkOutside } from '../../../src/io/checkFree';
import { rejection } from '../../support/rejection';
import { itInFolder } from '../../support/temporaryFolder';

describe('checkFree', () => {
  itInFolder('takes a free name in a folder', async (folder) => {
    await assert.doesNotReject(checkFree(path.join(folder, 'out')));
  });

  itInFolder('refuses what exists, and a folder that does not', async (folder) => {
    mkdirSync(path.join(folder, 'out'));
    writeFileSync(path.join(folder, 'file'), '');
    await rejection(checkFree(path.join(folder, 'out')), 'output-exists', /already exists/);
    for (const missing of ['none', 'file'])
      await rejection(checkFree(path.join(folder, missing, 'out')), 'not-found', /folder .* does not exist/);
  });
});

describe('checkOutside', () => {
  itInFolder('refuses an output in the folder of the original, also through a link', async (folder) => {
    const original = path.join(folder, 'adapter');
    mkdirSync(path.join(original, 'sub'), { recursive: true });
    symlinkSync(original, path.join(folder, 'link'));
    for (const place of ['adapter', 'adapter/sub', 'link'])
      await rejection(
        checkOutside(path.join(folder, place, 'out'), original),
        'bad-request',
        /inside the folder of the original/,
      );
  });

  itInFolder('takes other places, and the folder of a weights file', async (folder) => {
    const original = path.join(folder, 'adapter');
    mkdirSync(original);
    writeFileSync(path.join(folder, 'x.safetensors'), '');
    for (const place of ['out', 'adapter-splora', '..out', 'none/out'])
      await assert.doesNotReject(checkOutside(path.join(folder, place), original));
    await assert.doesNotReject(checkOutside(path.join(folder, 'out'), path.join(folder, 'x.safetensors')));
  });
});
