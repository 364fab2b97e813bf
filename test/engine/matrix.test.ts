import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/client';
import type { InspectedAdapter } from '../../src/protocol/engineApi';
import { startTestEngine } from '../support/engine';
import { pruneRequest } from '../support/pruneRequest';
import { hasRealAdapters, itWithRealAdapters, projectRoot } from '../support/paths';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { CHECKPOINT_CASES } from './matrix/checkpoints';
import { FIELD_CASES } from './matrix/fields';
import { LAYOUT_CASES } from './matrix/layouts';
import { make, observe, type MadeCase, type Observed } from './matrix/observe';
import { REAL_ADAPTERS, WHOLE_MODELS } from './matrix/real';
import { expertPlace } from '../../src/core/adapter/experts';
import { english } from '../support/english';

const MATRIX = [...REAL_ADAPTERS, ...WHOLE_MODELS, ...LAYOUT_CASES, ...FIELD_CASES, ...CHECKPOINT_CASES];
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

  for (const one of MATRIX) {
    const test = one.name.startsWith('adapters/') ? itWithRealAdapters : it;
    test(`${expected.get(one.name)?.outcome ?? 'new'}: ${one.name}`, () =>
      inTemporaryFolder(async (folder) => {
        const made = await make(one, folder);
        const result = await observe(engine, made, folder);
        observed.set(one.name, result);
        if (!write) assert.deepEqual(result, expected.get(one.name));
        if (result.outcome !== 'declined') await prunes(engine, made, folder);
      }));
  }
});

/** What is opened can be pruned: the copy holds the other modules, with their ranks and scales, and all that is carried. */
async function prunes(engine: Engine, { adapter }: MadeCase, folder: string): Promise<void> {
  const before = await inspected(engine, adapter);
  const [first, ...others] = before.modules;
  if (first === undefined || others.length === 0) return;
  const out = join(folder, 'pruned');
  const request = { adapter, modules: [first.module], mode: 'remove', out } as const;
  await engine.call('repair', pruneRequest(request));
  const after = await inspected(engine, out);
  // Experts of a layer go together: alone, one becomes zero.
  const container = expertPlace(first.module)?.container;
  const stays =
    container !== undefined && others.some(({ module }) => expertPlace(module)?.container === container);
  assert.deepEqual(after.modules, stays ? before.modules : others);
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
