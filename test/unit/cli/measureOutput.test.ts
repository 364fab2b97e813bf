import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkOutput } from '../../../src/cli/commands/measure';
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
