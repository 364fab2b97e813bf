import assert from 'node:assert/strict';
import { LAYERS_PATTERNS_MAX, peftTargets } from '../../../../src/core/check/peftTargets';

const Q = 'model.layers.3.self_attn.q_proj';
const hits = (config: Record<string, unknown>, module = Q): boolean | undefined =>
  peftTargets(config)(module);

describe('peftTargets', () => {
  it('matches names whole or as an ending after a dot', () => {
    assert.equal(hits({ target_modules: ['q_proj'] }), true);
    assert.equal(hits({ target_modules: ['self_attn.q_proj'] }), true);
    assert.equal(hits({ target_modules: [Q] }), true);
    assert.equal(hits({ target_modules: ['_proj'] }), false);
    assert.equal(hits({ target_modules: [] }), false);
    assert.equal(hits({ target_modules: 'all-linear' }), true);
  });

  it('leaves modules that are not named to the model type, but for target_parameters', () => {
    assert.equal(hits({}), undefined);
    assert.equal(hits({ target_modules: null, target_parameters: ['mlp.experts.x'] }), false);
  });

  it('matches a text as a regular expression of the whole name', () => {
    assert.equal(hits({ target_modules: '.*\\.(q|v)_proj' }), true);
    assert.equal(hits({ target_modules: 'q_proj' }), false);
    assert.equal(hits({ target_modules: '(?<=a)b' }), undefined);
  });

  it('excludes first, and never adapts what is saved whole', () => {
    assert.equal(hits({ target_modules: ['q_proj'], exclude_modules: ['layers.3.self_attn.q_proj'] }), false);
    assert.equal(hits({ target_modules: ['q_proj'], exclude_modules: '.*layers\\.3.*' }), false);
    assert.equal(hits({ target_modules: ['lm_head'], modules_to_save: ['lm_head'] }, 'lm_head'), false);
    assert.equal(hits({ target_modules: ['q_proj'], modules_to_save: ['self_attn'] }), false);
    assert.equal(hits({ target_modules: ['q_proj'], modules_to_save: ['self', 'proj'] }), true);
    assert.equal(hits({ target_modules: ['q_proj'], modules_to_save: ['layers\\.[0-3]'] }), false);
    // The name stands in the expression without parentheses, so its alternatives split the whole.
    assert.equal(hits({ target_modules: ['q_proj'], modules_to_save: ['self|x'] }), false);
    assert.equal(hits({ target_modules: ['q_proj'], modules_to_save: ['x|self_attn'] }), true);
  });

  it('does not know what patterns that are too costly would answer', () => {
    const heavy = Array.from({ length: 2_000 }, (_, i) => `x{4900}${i}`);
    assert.equal(hits({ target_modules: ['q_proj'], modules_to_save: heavy }), undefined);
    assert.equal(hits({ target_modules: '((){99999}){99999}' }), undefined);
  });

  it('takes each name of layers_pattern once, and so many different ones at most', () => {
    const config = { target_modules: ['q_proj'], layers_to_transform: [3] };
    const same = Array.from({ length: 120_000 }, () => 'layers');
    assert.equal(hits({ ...config, layers_pattern: same }), true);
    const others = Array.from({ length: LAYERS_PATTERNS_MAX }, (_, i) => `h${i}`);
    assert.equal(hits({ ...config, layers_pattern: others }), false);
    assert.equal(hits({ ...config, layers_pattern: [...others, 'layers'] }), undefined);
  });

  it('applies layers to endings, not to whole names', () => {
    const config = { target_modules: ['q_proj'], layers_to_transform: [2] };
    assert.equal(hits(config), false);
    assert.equal(hits({ ...config, layers_to_transform: 3 }), true);
    assert.equal(hits({ ...config, layers_to_transform: [3], layers_pattern: 'layers' }), true);
    assert.equal(hits({ ...config, layers_to_transform: [3], layers_pattern: 'h' }), false);
    assert.equal(hits({ target_modules: [Q], layers_to_transform: [2] }), true);
    const nested = 'model.layers.3.mlp.experts.7.up_proj';
    const up = { target_modules: ['up_proj'], layers_to_transform: [7] };
    assert.equal(hits(up, nested), false);
    assert.equal(hits({ ...up, layers_pattern: ['experts', 'layers'] }, nested), true);
    assert.equal(hits({ ...up, layers_pattern: ['h', 'model.layers'] }, nested), false);
    assert.equal(hits({ ...up, layers_to_transform: [3], layers_pattern: 'model.layers' }, nested), true);
    assert.equal(hits({ ...up, layers_pattern: '(layers|h)' }, nested), undefined);
    assert.equal(hits({ ...up, layers_pattern: 'layers' }, 'layers.7.mlp.up_proj'), true);
  });
});
