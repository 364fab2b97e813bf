import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkOutput, whatIsKept } from '../../../src/cli/commands/measure';
import { rejection } from '../../support/rejection';
import { itInFolder } from '../../support/temporaryFolder';

describe('the output of splora measure', () => {
  itInFolder('is refused before measuring where it could not be written', async (folder) => {
    const out = path.join(folder, 'report.json');
    await checkOutput(out, path.join(folder, 'run.journal'));
    await rejection(checkOutput(out, `${folder}/./report.json`), 'bad-request', /same file/);
    await rejection(
      checkOutput(path.join(folder, 'no', 'report.json'), undefined),
      'not-found',
      /does not exist/,
    );
    await writeFile(out, '');
    await rejection(checkOutput(out, undefined), 'output-exists');
    await rejection(checkOutput(path.join(out, 'x'), undefined), 'not-found', /does not exist/);
  });
});

describe('a measurement that fails', () => {
  itInFolder('says where its answers are, or how to keep them the next time', async (folder) => {
    const runner = { kind: 'endpoint', url: 'http://127.0.0.1:1' } as const;
    const journal = path.join(folder, 'run.journal');
    assert.match((await whatIsKept({ runner }, 'endpoint', 3)) ?? '', /not kept; add --resume FILE/);
    assert.equal(await whatIsKept({ runner }, 'endpoint', 0), undefined);
    assert.equal(await whatIsKept({ runner, journal }, 'endpoint', 3), undefined);
    await writeFile(journal, '');
    assert.match((await whatIsKept({ runner, journal }, 'endpoint', 3)) ?? '', /kept in .*run\.journal/);
    assert.equal(await whatIsKept({ runner, journal }, 'bad-request', 3), undefined);
  });
});
