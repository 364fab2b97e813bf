import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { pathOption, text } from '../../../../src/core/options';
import {
  ButtonCall,
  modulesOf,
  parseCall,
  pathsOf,
  withPaths,
  type Call,
} from '../../../../src/host/commands/call';

const uri = (fsPath: string) => ({ scheme: 'file', fsPath });
const node = { kind: 'module', adapter: '/a', module: 'm', modules: ['m'] };
const parse = (...args: readonly unknown[]): Call => parseCall(args, undefined);
const paths = (...args: readonly unknown[]): readonly string[] => pathsOf(parse(...args).pointed);

describe('arguments of a command', () => {
  it('are places, for any caller', () => {
    assert.deepEqual(paths(), []);
    assert.deepEqual(paths('/a'), ['/a']);
    assert.deepEqual(paths(uri('/a'), [uri('/a'), uri('/b')]), ['/a', '/b']);
    assert.deepEqual(paths(uri('/a'), uri('/b')), ['/a', '/b']);
    assert.deepEqual(paths(uri('/a'), { groupId: 0 }), ['/a']);
    assert.deepEqual(paths(node, undefined), ['/a']);
    const page = { scheme: 'webview-panel', fsPath: '/webview-panel/webview-1' };
    const { pointed, caller, given, lost } = parse(page, { groupId: 0 });
    assert.deepEqual([pointed, caller, given, lost], [[], 'user', undefined, undefined]);
    const query = '/run/adapter_model.safetensors';
    const listing = { scheme: 'splora-layers', fsPath: '/title.layers', query };
    assert.deepEqual(paths(listing, { groupId: 0 }), [query]);
  });

  it('may be one list, with places from the workspace folder', () => {
    const root = resolve('/work');
    const given = { format: 'csv', out: 'b/c.csv' };
    for (const args of [[['a', given]], ['a', given]]) {
      const call = parseCall(args, root);
      assert.deepEqual(pathsOf(call.pointed), [join(root, 'a')]);
      assert.deepEqual(call.given, given);
    }
    assert.deepEqual(pathsOf(parseCall([resolve('/x')], root).pointed), [resolve('/x')]);
    assert.deepEqual(modulesOf(parseCall([[{ adapter: 'a', module: 'm' }]], root).pointed), {
      adapter: join(root, 'a'),
      modules: ['m'],
    });
  });

  it('tell a program from a user', () => {
    const program: readonly (readonly unknown[])[] = [
      ['/a'],
      [uri('/a')],
      [uri('/a'), { format: 'csv' }],
      [uri('/a'), [uri('/a')], { force: true }],
      [{ base: '/b' }],
      [undefined, { rule: {} }],
      [{ adapter: '/a', modules: ['m'] }],
    ];
    for (const args of program) assert.equal(parse(...args).caller, 'program', JSON.stringify(args));
    const user: readonly (readonly unknown[])[] = [
      [],
      [undefined],
      [uri('/a'), [uri('/a')]],
      [uri('/a'), { groupId: 0, editorIndex: 1 }],
      [node, undefined],
      [node, [node]],
      [new ButtonCall('/a', { force: true })],
    ];
    for (const args of user) assert.equal(parse(...args).caller, 'user', JSON.stringify(args));
  });

  it('are options if they are no place and no context of an editor', () => {
    assert.deepEqual(parse(uri('/a'), { force: true }).given, { force: true });
    assert.deepEqual(parse(uri('/a'), uri('/b'), { out: '/c' }).given, { out: '/c' });
    assert.deepEqual(parse({}).given, {});
    for (const args of [
      [uri('/a'), uri('/b')],
      [node, [node]],
      [uri('/a'), { groupId: 0 }],
    ])
      assert.equal(parse(...args).given, undefined);
  });

  it('are modules of the adapter that was clicked', () => {
    const other = { adapter: '/b', modules: ['z'] };
    const second = { adapter: '/a', modules: ['n', 'm'] };
    const modules = (...args: readonly unknown[]) => modulesOf(parse(...args).pointed);
    assert.deepEqual(modules(node, [node, second, other]), { adapter: '/a', modules: ['m', 'n'] });
    assert.deepEqual(modules({ adapter: '/a', module: 'm' }), { adapter: '/a', modules: ['m'] });
    assert.equal(modules({ adapter: '/a' }), undefined);
    assert.equal(modules({ adapter: '/a', modules: [] }), undefined);
    assert.equal(modules(uri('/a'), [node]), undefined);
  });

  it('are rows or places', () => {
    const isRow = (...args: readonly unknown[]) => parse(...args).pointed.map((one) => one.isRow);
    assert.deepEqual(isRow(node, [node]), [true, true]);
    assert.deepEqual(isRow(uri('/w/a'), '/w/b'), [false, false]);
  });

  it('are lost if a row was being drawn, and missing in the title of a view', () => {
    const lost = (...args: readonly unknown[]) => parse(...args).lost;
    assert.equal(lost(undefined), 'title');
    assert.equal(lost(undefined, undefined), 'row');
    assert.equal(lost(undefined, [undefined]), 'row');
    assert.equal(lost(), undefined, 'the palette');
    assert.equal(lost(undefined, { rule: {} }), undefined, 'a program');
    assert.equal(lost(undefined, [node]), undefined, 'the rest of a selection is there');
    assert.equal(lost(uri('/a'), { groupId: 0 }), undefined);
    assert.equal(lost(node, undefined), undefined);
  });

  it('never make it throw', () => {
    fc.assert(fc.property(fc.array(fc.anything()), (args) => void modulesOf(parse(...args).pointed)));
  });
});

describe('paths in options', () => {
  it('are absolute, and may be Uris', () => {
    const table = { out: pathOption(), name: text() };
    const root = resolve('/work');
    assert.deepEqual(withPaths(table, { out: 'b', name: 'b', other: 'b' }, root), {
      out: join(root, 'b'),
      name: 'b',
      other: 'b',
    });
    assert.deepEqual(withPaths(table, { out: uri('/c') }, undefined), { out: '/c' });
    assert.deepEqual(withPaths(table, { out: 5 }, root), { out: 5 });
  });
});
