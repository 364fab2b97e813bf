import assert from 'node:assert/strict';
import { render } from '../../../src/core/message';
import { methodOf } from '../../../src/methods';
import { defaultStrength } from '../../../src/methods/defaultStrength';

describe('defaultStrength', () => {
  const note = (id: string, given: Readonly<Record<string, unknown>> = {}): string | undefined => {
    const found = defaultStrength(methodOf(id), given, '--curve');
    return found === undefined ? undefined : render(found);
  };

  it('says which strength was taken, and how to choose one by measurement', () => {
    assert.equal(
      note('scale'),
      'The strength is the default (factor 0.5): --curve finds the best one by measurement.',
    );
    for (const given of [{}, { side: 'input' }, { keep: 0.2 }])
      assert.match(note('cut', given) ?? '', /\(k 8\):/);
    assert.match(note('project') ?? '', /\(modules 10\):/);
  });

  it('says nothing where the user chose it, or no option is the strength', () => {
    const chosen = [
      ['scale', { factor: 0.5 }],
      ['cut', { k: 4 }],
      ['project', { by: 'cosine' }],
      ['fuse', { safetyWeight: 0.3 }],
      ['prune', {}],
      ['gates', {}],
    ] as const;
    for (const [id, given] of chosen) assert.equal(note(id, given), undefined, id);
  });
});
