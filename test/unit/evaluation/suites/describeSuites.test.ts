import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeSuites } from '../../../../src/evaluation/suites/describeSuites';
import { CONTEXT } from '../../../support/engine';
import { sample } from '../../../support/paths';
import { rejection } from '../../../support/rejection';
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

  itInFolder('folds case, spaces and punctuation, but nothing that tasks differ in', async (folder) => {
    const pairs = [
      ['How do I build it?', 'how do i  build it ?'],
      ['What is 3 - 2?', 'What is 3 + 2?'],
      ['What is 1.5?', 'What is 15?'],
      ['???', '!!!'],
    ];
    const rows = pairs.flatMap(([fit, test], at) => [
      { id: `f${at}`, prompt: fit, reference: 'x', split: 'fit' },
      { id: `t${at}`, prompt: test, reference: 'x', split: 'test' },
    ]);
    await writeFile(join(folder, 'task.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const { shared } = await describeSuites({ suites: [folder] }, CONTEXT);
    assert.deepEqual(shared, { count: 1, examples: [{ kind: 'task', fit: 'f0', test: 't0' }] });
  });

  itInFolder('refuses to strike a prompt that gates are not fitted to', async (folder) => {
    const rows = [
      { id: 'a', prompt: 'one', split: 'fit' },
      { id: 'b', prompt: 'two', split: 'test' },
    ];
    await writeFile(join(folder, 'harmful.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const describeStruck = (id: string) =>
      describeSuites({ suites: [folder], struck: { harmful: [id] } }, CONTEXT);
    await describeStruck('a');
    for (const id of ['b', 'nope'])
      await rejection(describeStruck(id), 'bad-request', new RegExp(`No harmful prompt.* "${id}"`));
  });
});
