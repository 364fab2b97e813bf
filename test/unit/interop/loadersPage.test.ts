import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ARCHITECTURES } from '../../../src/core/export/gguf/architectures';
import { EXPORT_TARGETS } from '../../../src/core/export/targets';
import { pageText, ROWS } from '../../interop/exports/page';
import { PAGE, readRecords } from '../../interop/exports/record';

/** To renew what fails here: `SPLORA_RECORD=1 npm run test:interop`, then `npm run loaders`. */
describe('the page of loaders', () => {
  it('is made of what was measured', async () => {
    assert.equal(await readFile(PAGE, 'utf8'), pageText(await readRecords()));
  });

  it('has every loader with every method, and every class of models', async () => {
    const { loaders, architectures } = await readRecords();
    assert.deepEqual(new Set(loaders.map(({ target }) => target)), new Set(EXPORT_TARGETS));
    for (const { outcomes } of loaders)
      assert.deepEqual(
        outcomes.map(({ row }) => row),
        [...ROWS.keys()],
      );
    assert.deepEqual(new Set(architectures.map(({ row }) => row)), new Set(ARCHITECTURES.keys()));
  });
});
