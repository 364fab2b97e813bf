import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/client';
import type { InspectedAdapter } from '../../src/protocol/engineApi';
import { startTestEngine } from '../support/engine';
import { pruneRequest } from '../support/pruneRequest';
import { hasRealAdapters, itWithRealAdapters, projectRoot, shared } from '../support/paths';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { MATRIX } from './matrix/cases';
import { make, observe, type MadeCase, type Observed } from './matrix/observe';
import { english } from '../support/english';

const OUTCOMES = join(projectRoot, 'test', 'engine', 'matrix', 'outcomes.json');
/** `MATRIX_WRITE=1` writes what is observed, to be read before it is committed. */
const write = process.env['MATRIX_WRITE'] === '1' && hasRealAdapters;

describe('matrix of layouts', () => {
  let engine: Engine;
  const expected = new Map(
    Object.entries(JSON.parse(readFileSync(OUTCOMES, 'utf8')) as Record<string, Observed>),
  );
  const observed = new Map<string, Observed>();
  before(() => {
    engine = startTestEngine();
  });
  after(async () => {
    await engine.dispose();
    if (write) writeFileSync(OUTCOMES, `${JSON.stringify(Object.fromEntries(observed), null, 2)}\n`);
  });

  it('lists every case once, and no others', () => {
    const names = MATRIX.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length >= 60, `only ${names.length} cases`);
    if (!write) assert.deepEqual([...expected.keys()].sort(), [...names].sort());
  });

  itWithRealAdapters('lists every folder of the real adapters', () => {
    const folders = readdirSync(shared('adapters'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const listed = MATRIX.map(({ name }) => name);
    assert.deepEqual(
      folders.map(({ name }) => `adapters/${name}`).filter((name) => !listed.includes(name)),
      [],
    );
  });

  it('has a case for every row of the table in README, and a row for every made case', () => {
    const table =
      readFileSync(join(projectRoot, 'README.md'), 'utf8').split('## Which adapters and models')[1] ?? '';
    const rows = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| (?!-|layout)([^|]+?) *\|/gm)].map(
      ([, row = '']) => row,
    );
    assert.ok(rows.length > 15, `the table has ${rows.length} rows`);
    const wanted = new Set(MATRIX.flatMap(({ row }) => (row === undefined ? [] : [row])));
    const meets = (row: string): boolean => [...wanted].some((start) => row.startsWith(start));
    assert.deepEqual(
      rows.filter((row) => !meets(row)),
      [],
      'rows without a case',
    );
    assert.deepEqual(
      [...wanted].filter((start) => !rows.some((row) => row.startsWith(start))),
      [],
      'cases without a row',
    );
  });

  for (const one of MATRIX) {
    const test = one.name.startsWith('adapters/') ? itWithRealAdapters : it;
    test(`${one.outcome}: ${one.name}`, () =>
      inTemporaryFolder(async (folder) => {
        const made = await make(one, folder);
        const result = await observe(engine, made, folder);
        observed.set(one.name, result);
        assert.equal(result.outcome, one.outcome, JSON.stringify(result, null, 1));
        if (!write) assert.deepEqual(result, expected.get(one.name));
        if (one.outcome !== 'declined') await prunes(engine, made, folder);
      }));
  }
});

/** What is opened can be pruned: the copy holds the other modules, with their ranks and scales, and all that is carried. */
async function prunes(engine: Engine, { adapter }: MadeCase, folder: string): Promise<void> {
  const before = await inspected(engine, adapter);
  const [first, ...others] = before.modules;
  if (first === undefined || others.length === 0) return;
  const out = join(folder, 'pruned');
  const request = { adapter, modules: [first.module], mode: 'remove', out, copyRest: false } as const;
  await engine.call('repair', pruneRequest(request));
  const after = await inspected(engine, out);
  assert.deepEqual(after.modules, others);
  // A bias of the module goes with it.
  assert.deepEqual(
    after.carried,
    before.carried.filter(({ tensor }) => !tensor.includes(first.module)),
  );
}

async function inspected(engine: Engine, path: string): Promise<InspectedAdapter> {
  const { adapter, declined } = await engine.call('inspect', { path });
  assert.ok(adapter, english(declined?.message));
  return adapter;
}
