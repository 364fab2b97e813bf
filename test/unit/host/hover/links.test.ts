import assert from 'node:assert/strict';
import fc from 'fast-check';
import { commandLink, HOVER_COMMANDS } from '../../../../src/host/hover/links';
import { COMMANDS } from '../../../../src/host/ids';
import { HOSTILE_NAME } from '../../../support/analysisDocument';

function argumentOf(link: string): unknown {
  const query = /^\[Open\]\(command:splora\.revealModule\?([\w.%-]*)\)$/.exec(link)?.[1];
  assert.ok(query, link);
  return JSON.parse(decodeURIComponent(query));
}

describe('command links', () => {
  it('carry their target, whatever its name is made of', () => {
    const names = fc.oneof(fc.constant(HOSTILE_NAME), fc.string({ unit: 'binary' }), fc.string());
    fc.assert(
      fc.property(names, names, (adapter, module) => {
        const link = commandLink('Open', COMMANDS.revealModule, { adapter, modules: [module] });
        assert.deepEqual(argumentOf(link), [{ kind: 'module', adapter, modules: [module] }]);
      }),
    );
  });
  it('accept a lone surrogate', () => {
    const link = commandLink('Open', COMMANDS.revealModule, { adapter: 'a', modules: ['\ud800'] });
    assert.deepEqual(argumentOf(link), [{ kind: 'module', adapter: 'a', modules: ['\ud800'] }]);
  });
  it('run nothing that reads or writes files', () => {
    assert.deepEqual(
      new Set(HOVER_COMMANDS),
      new Set(['splora.revealModule', 'splora.pinKeep', 'splora.pinPrune', 'splora.unpin']),
    );
  });
});
