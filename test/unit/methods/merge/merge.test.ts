import assert from 'node:assert/strict';
import { methodOf } from '../../../../src/methods';
import { merged } from '../../../../src/methods/merge/plan';
import { adapterOf, PAIRS } from '../../../support/adapterFixture';
import { rejection } from '../../../support/rejection';
import { assertClose, EXAMPLE, EXAMPLE_CB, updateOf, WITH_SAFETY } from '../../../support/workedExample';

const OPTIONS = { cosine: 0.9, taskWeight: 0.8, safetyWeight: 0.2 };

describe('method merge', () => {
  it('is the worked example below the cosine, and leaves others', () => {
    const made = merged(WITH_SAFETY, EXAMPLE_CB, OPTIONS);
    assert.ok(!('left' in made));
    assertClose(updateOf(WITH_SAFETY, made), [1.6, 3.4, -1.4, -3.2, -6.2, 3.4], 1e-12);
    assertClose([made.cosine ?? 0], [0.883788]);
    assert.ok('left' in merged(WITH_SAFETY, EXAMPLE_CB, { ...OPTIONS, cosine: 0.35 }));
    assert.ok('left' in merged(EXAMPLE, EXAMPLE_CB, OPTIONS));
  });

  it('refuses weight 0', async () => {
    const adapter = adapterOf(PAIRS);
    const input = { adapter, safety: adapter, modules: [], results: {} };
    await rejection(methodOf('merge').plan(input, { safetyWeight: 0 }), 'bad-request', /weight 0/);
  });
});
