import assert from 'node:assert/strict';
import path from 'node:path';
import { adaptersIn } from '../../../../src/host/commands/adaptersIn';

const place = (...parts: readonly string[]): string => path.join(path.sep, ...parts);

describe('adapters of folders', () => {
  const adapters = [place('w', 'a', 'x'), place('w', 'ab', 'x'), place('w', '..b', 'x'), place('v', 'x')];

  it('are those below, not those beside', () => {
    assert.deepEqual(adaptersIn(adapters, [place('w', 'a')]), [place('w', 'a', 'x')]);
    assert.deepEqual(adaptersIn(adapters, [place('w')]), adapters.slice(0, 3));
    assert.deepEqual(adaptersIn(adapters, [place('v', 'x')]), [place('v', 'x')]);
    assert.deepEqual(adaptersIn(adapters, [place('w', 'b'), place('u')]), []);
  });

  it('are all where no folder is named', () => {
    assert.deepEqual(adaptersIn(adapters, []), adapters);
  });
});
