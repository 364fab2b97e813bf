import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import {
  givenOptions,
  hasLostTarget,
  isScripted,
  meantArguments,
  pointedModules,
  pointedPaths,
} from '../../../../src/host/commands/targets';

const uri = (fsPath: string) => ({ scheme: 'file', fsPath });
const node = { kind: 'module', adapter: '/a', module: 'm', modules: ['m'] };

describe('what a command was called with', () => {
  it('finds places, whoever called', () => {
    assert.deepEqual(pointedPaths([]), []);
    assert.deepEqual(pointedPaths(['/a']), ['/a']);
    assert.deepEqual(pointedPaths([uri('/a'), [uri('/a'), uri('/b')]]), ['/a', '/b']);
    assert.deepEqual(pointedPaths([uri('/a'), uri('/b')]), ['/a', '/b']);
    assert.deepEqual(pointedPaths([uri('/a'), { groupId: 0 }]), ['/a']);
    assert.deepEqual(pointedPaths([node, undefined]), ['/a']);
    const listing = {
      scheme: 'splora-layers',
      fsPath: '/title.layers',
      query: '/run/adapter_model.safetensors',
    };
    assert.deepEqual(pointedPaths([listing, { groupId: 0 }]), ['/run/adapter_model.safetensors']);
  });

  it('takes the list of a keybinding apart, and places from the workspace folder', () => {
    const root = resolve('/work');
    const meant = [join(root, 'a'), { format: 'csv', out: join(root, 'b', 'c.csv') }];
    assert.deepEqual(meantArguments([['a', { format: 'csv', out: 'b/c.csv' }]], root), meant);
    assert.deepEqual(meantArguments(['a', { format: 'csv', out: 'b/c.csv' }], root), meant);
    assert.deepEqual(meantArguments([resolve('/x')], root), [resolve('/x')]);
    assert.deepEqual(meantArguments(['a'], undefined), ['a']);
    const [target] = meantArguments([[{ adapter: 'a', module: 'm' }]], root);
    assert.deepEqual(target, { adapter: join(root, 'a'), module: 'm' });
  });

  it('leaves alone what VS Code hands over', () => {
    for (const args of [
      [],
      [''],
      [uri('/a'), [uri('/a'), uri('/b')]],
      [node, [node]],
      [undefined, undefined],
    ])
      assert.deepEqual(meantArguments(args, '/work'), args);
  });

  it('tells programs from people', () => {
    assert.equal(isScripted([]), false);
    assert.equal(isScripted(['/a']), true);
    assert.equal(isScripted([uri('/a')]), true);
    assert.equal(isScripted([uri('/a'), { format: 'csv' }]), true);
    assert.equal(isScripted([undefined, { rule: {} }]), true);
    assert.equal(isScripted([uri('/a'), [uri('/a')]]), false);
    assert.equal(isScripted([uri('/a'), { groupId: 0, editorIndex: 1 }]), false);
    assert.equal(isScripted([node, undefined]), false);
  });

  it('finds options and only options', () => {
    assert.deepEqual(givenOptions([uri('/a'), { force: true }]), { force: true });
    assert.deepEqual(givenOptions([uri('/a'), uri('/b'), { out: '/c' }]), { out: '/c' });
    assert.equal(givenOptions([uri('/a'), uri('/b')]), undefined);
    assert.equal(givenOptions([node, [node]]), undefined);
  });

  it('gathers modules of the same adapter', () => {
    const other = { adapter: '/b', modules: ['z'] };
    const second = { adapter: '/a', modules: ['n', 'm'] };
    assert.deepEqual(pointedModules([node, [node, second, other]]), { adapter: '/a', modules: ['m', 'n'] });
    assert.deepEqual(pointedModules([{ adapter: '/a', module: 'm' }]), { adapter: '/a', modules: ['m'] });
    assert.equal(pointedModules([{ adapter: '/a' }]), undefined);
    assert.equal(pointedModules([{ adapter: '/a', modules: [] }]), undefined);
  });

  it('knows a view button whose row was being drawn anew', () => {
    assert.equal(hasLostTarget([undefined]), true);
    assert.equal(hasLostTarget([undefined, undefined]), true);
    assert.equal(hasLostTarget([undefined, [undefined]]), true);
    assert.equal(hasLostTarget([]), false, 'the palette');
    assert.equal(hasLostTarget([undefined, { rule: {} }]), false, 'a program');
    assert.equal(hasLostTarget([undefined, [node]]), false, 'the rest of a selection is there');
    assert.equal(hasLostTarget([uri('/a'), { groupId: 0 }]), false);
    assert.equal(hasLostTarget([node, undefined]), false);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), (args) => {
        pointedPaths(args);
        pointedModules(args);
        givenOptions(args);
        isScripted(args);
        hasLostTarget(args);
      }),
    );
  });
});
