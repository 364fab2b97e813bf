import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeSuites } from '../../../../src/evaluation/suites/describeSuites';
import { CONTEXT } from '../../../support/engine';
import { sample } from '../../../support/paths';
import { itInFolder } from '../../../support/temporaryFolder';

describe('describeSuites', () => {
  it('counts the prompts of each kind and split', async () => {
    const { kinds, shared } = await describeSuites({ suites: [sample('suites')] }, CONTEXT);
    assert.deepEqual(kinds, {
      harmful: { fit: 24, test: 48 },
      benign: { fit: 24, test: 52 },
      task: { fit: 64, test: 128 },
    });
    assert.equal(shared.count, 0);
  });

  itInFolder('finds prompts that are in both splits', async (folder) => {
    const rows = [
      { id: 'a', prompt: 'same', split: 'fit' },
      { id: 'b', prompt: 'same', split: 'test' },
      { id: 'c', prompt: 'other', split: 'test' },
    ];
    await writeFile(join(folder, 'harmful.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const { shared } = await describeSuites({ suites: [folder] }, CONTEXT);
    assert.deepEqual(shared, { count: 1, examples: [{ kind: 'harmful', fit: 'a', test: 'b' }] });
  });
});
