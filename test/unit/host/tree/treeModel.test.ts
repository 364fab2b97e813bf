import assert from 'node:assert/strict';
import { flaggedCount } from '../../../../src/core/selection/select';
import type { ErrorCode } from '../../../../src/core/errors';
import type { AdapterState, RunState } from '../../../../src/host/state/types';
import {
  blockNodes,
  blockOf,
  moduleNodes,
  moduleViews,
  pinContext,
  shownAdapters,
  type TreeOptions,
} from '../../../../src/host/tree/treeModel';
import { stateOfVerdicts } from '../../../support/adapterState';
import { repairOf } from '../../../support/repairDocument';
import { verdict } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

const byName: TreeOptions = { sort: 'name', flaggedOnly: false };
const byScore: TreeOptions = { sort: 'score', flaggedOnly: false };
const flagged: TreeOptions = { sort: 'name', flaggedOnly: true };

/** An adapter without a result. */
const bare = (run: RunState = { kind: 'idle' }): AdapterState => ({
  ...stateOfVerdicts([]),
  document: null,
  run,
});
const state = stateOfVerdicts([
  verdict('model.layers.2.self_attn.q_proj', 3),
  verdict('model.layers.2.mlp.up_proj', 2),
  verdict('model.layers.10.self_attn.q_proj', 1, 'prune'),
  verdict('model.layers.10.mlp.up_proj', null, 'prune', 'pin'),
  verdict('lm_head', 4),
]);

/** No adapter is being measured. */
const NONE: ReadonlySet<string> = new Set();

describe('treeModel', () => {
  it('groups modules by block, in the order of the model', () => {
    const blocks = blockNodes(state, byName);
    assert.deepEqual(
      blocks.map(({ name }) => name),
      ['layers.2', 'layers.10', null],
    );
    assert.deepEqual(
      blocks.map((block) => moduleNodes(state, block, byName).map(({ label }) => label)),
      [['self_attn.q_proj', 'mlp.up_proj'], ['self_attn.q_proj', 'mlp.up_proj'], ['lm_head']],
    );
  });

  it('sorts blocks and modules as they would go', () => {
    const blocks = blockNodes(state, byScore);
    assert.deepEqual(
      blocks.map(({ name }) => name),
      ['layers.10', 'layers.2', null],
    );
    const [, second] = blocks;
    assert.ok(second);
    assert.deepEqual(
      moduleNodes(state, second, byScore).map(({ label }) => label),
      ['mlp.up_proj', 'self_attn.q_proj'],
    );
  });

  it('leaves out what is not flagged, and blocks that this empties', () => {
    const blocks = blockNodes(state, flagged);
    assert.deepEqual(
      blocks.flatMap((block) => moduleNodes(state, block, flagged).map(({ module }) => module)),
      ['model.layers.10.self_attn.q_proj', 'model.layers.10.mlp.up_proj'],
    );
    assert.equal(blocks.length, 1);
    // A block's check box still speaks for the whole block.
    assert.equal(blocks[0]?.modules.length, 2);
    assert.equal(flaggedCount(state.verdicts), 2);
  });

  it('tells blocks of several stacks apart', () => {
    const both = stateOfVerdicts([verdict('encoder.block.0.q', 1), verdict('decoder.block.0.q', 2)]);
    assert.deepEqual(
      blockNodes(both, byName).map(({ name }) => name),
      ['encoder.block.0', 'decoder.block.0'],
    );
  });

  it('tells experts apart', () => {
    const experts = stateOfVerdicts([
      verdict('m.layers.0.mlp.experts.1.up', 1),
      verdict('m.layers.0.mlp.experts.2.up', 2),
    ]);
    const [block] = blockNodes(experts, byName);
    assert.ok(block);
    assert.deepEqual(
      moduleNodes(experts, block, byName).map(({ label }) => label),
      ['mlp.experts.1.up', 'mlp.experts.2.up'],
    );
  });

  it('calls a block pinned where any of its modules is', () => {
    const contexts = blockNodes(state, byName).map((block) => [
      pinContext(state, block),
      ...moduleNodes(state, block, byName).map((node) => pinContext(state, node)),
    ]);
    assert.deepEqual(contexts, [
      ['splora.block', 'splora.module', 'splora.module'],
      ['splora.block.pinned', 'splora.module', 'splora.module.pinned'],
      ['splora.block', 'splora.module'],
    ]);
  });

  it('gives ids that are unique and do not change with order or filter', () => {
    const ids = (options: TreeOptions): string[] =>
      blockNodes(state, options).flatMap((block) => [
        block.id,
        ...moduleNodes(state, block, options).map(({ id }) => id),
      ]);
    assert.equal(new Set(ids(byName)).size, ids(byName).length);
    assert.deepEqual(ids(byName).sort(), ids(byScore).sort());
    assert.ok(ids(flagged).every((id) => ids(byName).includes(id)));
  });

  it('finds the block of a module', () => {
    assert.equal(blockOf(state, 'lm_head')?.name, null);
    assert.equal(blockOf(state, 'model.layers.10.mlp.up_proj')?.name, 'layers.10');
    assert.equal(blockOf(state, 'nothing'), undefined);
    assert.equal(moduleViews(state).get('lm_head')?.verdict.rankPosition, 4);
  });

  it('shows nothing without results, so that the welcome content appears', () => {
    const failed = (code: ErrorCode): AdapterState =>
      bare({ kind: 'failed', error: { code, message: say('x') } });
    assert.deepEqual(shownAdapters([], NONE), []);
    assert.deepEqual(shownAdapters([bare()], NONE), []);
    assert.deepEqual(shownAdapters([failed('process-crashed')], NONE), []);
    assert.equal(shownAdapters([failed('wrong-models')], NONE).length, 1);
    assert.equal(shownAdapters([bare({ kind: 'running', progress: null })], NONE).length, 1);
    assert.equal(shownAdapters([state, bare()], NONE).length, 2);
    assert.equal(shownAdapters([bare()], new Set([bare().adapter])).length, 1);
    const repair = { document: repairOf(bare().adapter), stale: null };
    assert.equal(shownAdapters([{ ...bare(), results: { repair } }], NONE).length, 1);
    assert.deepEqual(blockNodes(bare(), byName), []);
  });
});
