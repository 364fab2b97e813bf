import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkFree } from '../../../src/io/checkFree';
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
