import assert from 'node:assert/strict';
import { configProblems } from '../../../../src/host/diagnostics/configProblems';
import { adapterInFolder, problemOf } from '../../../../src/host/diagnostics/problems';
import { stateOfVerdicts } from '../../../support/adapterState';
import { scored, unscored, verdict } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

const state = stateOfVerdicts([
  verdict('layers.0.q_proj', 2, 'prune'),
  verdict('layers.1.q_proj', 1, 'prune'),
  verdict('layers.2.q_proj', 3),
  verdict('layers.0.v_proj', 4, 'prune', 'pin'),
  verdict('layers.1.v_proj', null, 'keep', 'unscored'),
  verdict('layers.2.v_proj', 5, 'keep', 'pin'),
  verdict('head', null, 'keep', 'unscored'),
]);

describe('problems', () => {
  it('are the flagged modules and those without a score', () => {
    const result = scored('a');
    assert.equal(problemOf({ result, verdict: verdict('a', 1, 'prune') }), 'splora.flagged');
    assert.equal(problemOf({ result, verdict: verdict('a', 1, 'prune', 'pin') }), 'splora.pinned');
    assert.equal(problemOf({ result, verdict: verdict('a', 1, 'keep', 'pin') }), undefined);
    for (const status of ['inactive', 'unmatched', 'unsupported'] as const) {
      const view = {
        result: unscored('a', status, say('why')),
        verdict: verdict('a', null, 'keep', 'unscored'),
      };
      assert.equal(problemOf(view), `splora.${status}`);
    }
  });

  it('are on the entry that names their modules, together with similar ones', () => {
    const text = '{\n  "target_modules": ["q_proj", "v_proj"]\n}';
    const found = configProblems(text, state).map(({ start, end, code, modules, named }) => ({
      at: text.slice(start, end),
      code,
      modules: modules.map(({ result }) => result.module),
      named,
    }));
    assert.deepEqual(found, [
      { at: '"q_proj"', code: 'splora.flagged', modules: ['layers.1.q_proj', 'layers.0.q_proj'], named: 3 },
      { at: '"v_proj"', code: 'splora.pinned', modules: ['layers.0.v_proj'], named: 3 },
      { at: '"v_proj"', code: 'splora.inactive', modules: ['layers.1.v_proj'], named: 3 },
      { at: '"target_modules"', code: 'splora.inactive', modules: ['head'], named: 1 },
    ]);
  });

  it('are separate if the config has full names', () => {
    const names = state.verdicts.map(({ module }) => module);
    const found = configProblems(JSON.stringify({ target_modules: names }), state);
    assert.equal(found.length, 5);
    assert.ok(
      found.every(({ modules, entry }) => modules.length === 1 && modules[0]?.result.module === entry),
    );
  });

  it('are on the pattern, or at the top of a config without targets', () => {
    const pattern = configProblems('{"target_modules": "(a+)+b"}', state);
    assert.deepEqual(new Set(pattern.map(({ entry }) => entry)), new Set(['(a+)+b']));
    const mlx = configProblems('{\n"num_layers": 4}', state);
    assert.deepEqual(
      new Set(mlx.map(({ start, end }) => `${String(start)} ${String(end)}`)),
      new Set(['0 1']),
    );
    assert.equal(configProblems('', state).length, 3);
  });

  it('are none for an adapter without a result', () => {
    assert.deepEqual(configProblems('{}', { ...state, document: null, verdicts: [] }), []);
  });

  it('are those of the active adapter where several share a folder', () => {
    const [x, y] = [
      stateOfVerdicts([], '/run/0000100_adapters.safetensors'),
      stateOfVerdicts([], '/run/adapters.safetensors'),
    ];
    assert.equal(adapterInFolder('/run', [x, y], undefined), y);
    assert.equal(adapterInFolder('/run', [x, y], x.adapter), x);
    assert.equal(adapterInFolder('/run', [x, { ...y, document: null }], undefined), x);
    assert.equal(adapterInFolder('/other', [x, y], x.adapter), undefined);
  });
});
