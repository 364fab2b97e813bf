import assert from 'node:assert/strict';
import path from 'node:path';
import { adaptersIn, runCall } from '../../../../src/host/commands/runTargets';
import { isScripted } from '../../../../src/host/commands/targets';

const place = (...parts: readonly string[]): string => path.join(path.sep, ...parts);
const uri = (fsPath: string) => ({ scheme: 'file', fsPath });
const given = { base: 'b', aligned: 'a' };

describe('what a run of all adapters was called with', () => {
  it('is nothing, at the palette and in the title of the view, whichever row is in focus', () => {
    const node = { kind: 'adapter', adapter: '/w/a', id: '/w/a' };
    for (const args of [[], [undefined], [node], [node, [node]]]) {
      const call = runCall(args);
      assert.deepEqual(call.folders, []);
      assert.equal(call.options, undefined);
      assert.equal(isScripted(call.forAdapter('/w/a')), false);
    }
  });

  it('is folders, of a program or of several that were selected', () => {
    assert.deepEqual(runCall([uri('/w/a')]).folders, ['/w/a']);
    assert.deepEqual(runCall(['/w/a']).folders, ['/w/a']);
    assert.deepEqual(runCall([uri('/w/a'), [uri('/w/a'), uri('/w/b')]]).folders, ['/w/a', '/w/a', '/w/b']);
    assert.equal(isScripted(runCall([uri('/w/a')]).forAdapter('/w/a/x')), true);
    assert.equal(isScripted(runCall([uri('/w/a'), [uri('/w/a')]]).forAdapter('/w/a/x')), false);
  });

  it('is options, alone or after a folder', () => {
    for (const args of [[given], [undefined, given], [uri('/w'), given]]) {
      const call = runCall(args);
      assert.deepEqual(call.options, given);
      assert.deepEqual(call.forAdapter('/w/a'), ['/w/a', given]);
    }
    assert.deepEqual(runCall([{}]).options, {});
  });
});

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
