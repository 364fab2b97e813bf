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
  it('are modules that stand out or have no score, and selected ones only if asked for', () => {
    const usual = { result: scored('a'), standsOut: null };
    const ruled = { ...usual, verdict: verdict('a', 1, 'prune') };
    assert.deepEqual([problemOf(ruled, false), problemOf(ruled, true)], [undefined, 'splora.selected']);
    const pinned = { ...usual, verdict: verdict('a', 1, 'prune', 'pin') };
    assert.deepEqual([problemOf(pinned, false), problemOf(pinned, true)], [undefined, 'splora.pinned']);
    assert.equal(problemOf({ ...usual, verdict: verdict('a', 1, 'keep', 'pin') }, true), undefined);
    const reason = { kind: 'reversal', value: 4, limit: 3 } as const;
    const standsOut = { module: 'a', reasons: [reason] } as const;
    for (const withSelection of [false, true])
      assert.equal(problemOf({ ...ruled, standsOut }, withSelection), 'splora.standsOut');
    for (const status of ['inactive', 'unmatched', 'unsupported'] as const) {
      const view = {
        result: unscored('a', status, say('why')),
        verdict: verdict('a', null, 'keep', 'unscored'),
        standsOut: null,
      };
      assert.equal(problemOf(view, false), `splora.${status}`);
    }
  });

  it('are on the entry that names their modules, together with similar ones', () => {
    const text = '{\n  "target_modules": ["q_proj", "v_proj"]\n}';
    const found = configProblems(text, state, true).map(({ start, end, code, modules, named }) => ({
      at: text.slice(start, end),
      code,
      modules: modules.map(({ result }) => result.module),
      named,
    }));
    assert.deepEqual(found, [
      { at: '"q_proj"', code: 'splora.selected', modules: ['layers.1.q_proj', 'layers.0.q_proj'], named: 3 },
      { at: '"v_proj"', code: 'splora.pinned', modules: ['layers.0.v_proj'], named: 3 },
      { at: '"v_proj"', code: 'splora.inactive', modules: ['layers.1.v_proj'], named: 3 },
      { at: '"target_modules"', code: 'splora.inactive', modules: ['head'], named: 1 },
    ]);
  });

  it('are separate if the config has full names', () => {
    const names = state.verdicts.map(({ module }) => module);
    const found = configProblems(JSON.stringify({ target_modules: names }), state, true);
    assert.equal(found.length, 5);
    assert.ok(
      found.every(({ modules, entry }) => modules.length === 1 && modules[0]?.result.module === entry),
    );
  });

  it('are on the pattern, or at the top of a config without targets', () => {
    const pattern = configProblems('{"target_modules": "(a+)+b"}', state, true);
    assert.deepEqual(new Set(pattern.map(({ entry }) => entry)), new Set(['(a+)+b']));
    const mlx = configProblems('{\n"num_layers": 4}', state, true);
    assert.deepEqual(
      new Set(mlx.map(({ start, end }) => `${String(start)} ${String(end)}`)),
      new Set(['0 1']),
    );
    assert.equal(configProblems('', state, true).length, 3);
  });

  it('are none for an adapter without a result', () => {
    assert.deepEqual(configProblems('{}', { ...state, document: null, verdicts: [] }, true), []);
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
