import assert from 'node:assert/strict';
import type { ModuleMeasure } from '../../../../src/core/ediem/types';
import { nearZeroNotes } from '../../../../src/core/report/nearZero';
import { english } from '../../../support/english';

const measure = (module: string, projectedNorm: number): ModuleMeasure =>
  ({ module, projectedNorm, updateNorm: 2 }) as ModuleMeasure;

describe('nearZeroNotes', () => {
  it('names modules whose projection is nothing beside the update', () => {
    assert.deepEqual(nearZeroNotes([measure('a', 0.01)]), []);
    const [note] = nearZeroNotes([measure('a', 0.01), measure('b', 1e-9), measure('c', 0)]);
    assert.match(english(note), /nearly the same in "b", "c"/);
  });
});
