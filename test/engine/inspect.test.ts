import assert from 'node:assert/strict';
import { inspect } from '../../src/engine/inspect';
import { peftPair, writeAdapter } from '../support/adapterFixture';
import { rejection } from '../support/rejection';
import { itInFolder } from '../support/temporaryFolder';
import { CONTEXT } from '../support/engine';

describe('inspect', () => {
  itInFolder('lists tensors, metadata and modules', async (folder) => {
    await writeAdapter(
      folder,
      [...peftPair('q'), { name: 'base_model.model.head.weight', dtype: 'F16', shape: [2] }],
      { r: 2, lora_alpha: 4, base_model_name_or_path: 'a/b', modules_to_save: ['head'] },
    );
    const result = await inspect({ path: folder }, CONTEXT);
    assert.deepEqual(result.metadata, { format: 'pt' });
    assert.deepEqual(result.tensors[2], {
      name: 'base_model.model.head.weight',
      dtype: 'F16',
      shape: [2],
      bytes: 4,
    });
    assert.equal(result.declined, null);
    assert.deepEqual(result.adapter?.modules, [
      { module: 'q', shape: [6, 4], rank: 2, scale: 2, dtype: 'F32', bytes: 80, unsupported: null },
    ]);
    assert.equal(result.adapter.alignedHint, 'a/b');
    assert.deepEqual(
      result.adapter.replacements.map(({ module }) => module),
      ['head.weight'],
    );
  });

  it('stops at once when cancelled', async () => {
    await rejection(inspect({ path: '/nowhere' }, { ...CONTEXT, signal: AbortSignal.abort() }), 'cancelled');
  });
});
