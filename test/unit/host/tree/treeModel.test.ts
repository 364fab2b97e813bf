import assert from 'node:assert/strict';
import { selectedCount } from '../../../../src/core/selection/select';
import type { AdapterState, RunState } from '../../../../src/host/state/types';
import {
  blockNodes,
  blockOf,
  moduleNodes,
  moduleViews,
  pinContext,
  rootNodes,
  type TreeOptions,
} from '../../../../src/host/tree/treeModel';
import { stateOfVerdicts } from '../../../support/adapterState';
import { verdict } from '../../../support/analysisDocument';

const byName: TreeOptions = { sort: 'name', markedOnly: false };
const byScore: TreeOptions = { sort: 'score', markedOnly: false };
const flagged: TreeOptions = { sort: 'name', markedOnly: true };

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
    assert.equal(selectedCount(state.verdicts), 2);
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

  it('shows adapters before any analysis, and the checkpoints of a run below its folder', () => {
    const [alone, first, second, last] = [
      '/w/alone/adapter_model.safetensors',
      '/w/run/checkpoint-200/adapter_model.safetensors',
      '/w/run/checkpoint-1000/adapter_model.safetensors',
      '/w/run/adapter_model.safetensors',
    ];
    const mlx = ['/m/adapters.safetensors', '/m/0000100_adapters.safetensors'];
    const roots = rootNodes([alone, last, second, first, ...mlx]);
    assert.deepEqual(
      roots.map((node) => (node.kind === 'run' ? [node.adapter, node.adapters] : node.adapter)),
      [alone, ['/w/run', [first, second, last]], ['/m', mlx.toReversed()]],
    );
    assert.deepEqual(blockNodes(bare(), byName), []);
  });

  it('shows a lone checkpoint, and adapters side by side, as they are', () => {
    const adapters = ['/w/run/checkpoint-5/adapter_model.safetensors', '/w/b/adapter_model.safetensors'];
    assert.deepEqual(
      rootNodes(adapters).map(({ id }) => id),
      adapters,
    );
    assert.deepEqual(rootNodes([]), []);
  });
});
