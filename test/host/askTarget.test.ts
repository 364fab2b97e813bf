import assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { askTarget, type Target } from '../../src/host/questions/askRepair';
import type { PruneOptions } from '../../src/methods/prune/plan';
import { stateOf } from '../support/adapterState';
import { analysisOf, scored } from '../support/analysisDocument';
import { uri, weights, withStubs } from './support';

type Rows = readonly vscode.QuickPickItem[];
type Wish = Partial<PruneOptions>;

/** Asks with each question answered by the row that an answer matches; the rows of each question are kept. */
async function ask(
  answers: readonly RegExp[],
  ranks: readonly number[],
  wish: Wish = { mode: 'remove', bakeScale: false },
  scales: readonly number[] = [],
): Promise<{ readonly target: Target | undefined; readonly asked: readonly Rows[] }> {
  const modules = ranks.map((rank, at) => {
    const module = scored(`m${String(at)}`);
    return { ...module, rank, scale: scales[at] ?? module.scale };
  });
  const state = stateOf(analysisOf(modules, { adapter: weights().fsPath }));
  const asked: Rows[] = [];
  const stubs = {
    showQuickPick: (rows: Rows): Promise<unknown> => {
      const answer = answers[asked.length];
      asked.push(rows);
      return Promise.resolve(rows.find(({ label }) => answer?.test(label) === true));
    },
    showOpenDialog: () => Promise.resolve([uri('elsewhere')]),
  };
  const target = await withStubs(vscode.window, stubs, () => askTarget(state, ['m0'], { ...wish }));
  return { target, asked };
}

const LABEL = 'Bake Scale into Weights';
const BAKE = new RegExp(LABEL);
const hasOption = (rows: Rows | undefined): boolean =>
  rows?.some(({ label }) => label.includes(LABEL)) === true;

describe('Write Pruned Adapter… asks', () => {
  it('where to, and nothing else where all that stays has one rank and one scale', async () => {
    const { target, asked } = await ask([/adapter-mixed-splora/], [16, 4, 4]);
    assert.deepEqual(target, { out: undefined, bakeScale: false });
    assert.deepEqual(asked.map(hasOption), [false]);
  });

  it('whether alpha and rank go into the weights, with what differs, and asks on with the answer', async () => {
    const { target, asked } = await ask([BAKE, /In Another Folder/], [4, 4, 16]);
    const out = path.join(uri('elsewhere').fsPath, path.basename(target?.out ?? ''));
    assert.deepEqual(target, { out, bakeScale: true });
    const options = asked.map((rows) => rows.find(({ label }) => label.includes(LABEL)));
    assert.deepEqual(
      options.map((option) => option?.description),
      ['off', 'on'],
    );
    assert.match(
      options[0]?.detail ?? '',
      /differ in rank \(4 to 16\)\. For loaders that ignore alpha_pattern/,
    );
  });

  it('the same if only scales differ, also by their sign; pruned modules do not count', async () => {
    const signs = await ask([/-splora/], [4, 4, 4], undefined, [1, 0.5, -0.5]);
    const [option] = (signs.asked[0] ?? []).filter(({ label }) => label.includes(LABEL));
    assert.match(option?.detail ?? '', /differ in scale \(-0\.5 to 0\.5\)/);
    assert.deepEqual((await ask([/-splora/], [16, 4, 4])).asked.map(hasOption), [false]);
  });

  it('begins with what the settings say, and two presses change nothing', async () => {
    const on = { mode: 'remove', bakeScale: true } as const;
    assert.equal((await ask([/-splora/], [4, 4, 16], on)).target?.bakeScale, true);
    assert.equal((await ask([BAKE, /-splora/], [4, 4, 16], on)).target?.bakeScale, false);
    assert.equal((await ask([BAKE, BAKE, /-splora/], [4, 4, 16], on)).target?.bakeScale, true);
  });

  it('not where modules are set to zero, which keeps every rank', async () => {
    const { asked } = await ask([/-splora/], [4, 4, 16], { mode: 'zero' });
    assert.deepEqual(asked.map(hasOption), [false]);
  });

  it('and nothing is written if the user cancels, also after a change', async () => {
    assert.equal((await ask([], [4, 4, 16])).target, undefined);
    assert.equal((await ask([BAKE, /no such row/], [4, 4, 16])).target, undefined);
  });
});
