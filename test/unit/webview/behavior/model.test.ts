import assert from 'node:assert/strict';
import { panelBehavior, panelPrompt } from '../../../../src/protocol/panelBehavior';
import { BehaviorModel, parseBehaviorView } from '../../../../webview/behavior/model';
import { outcomeCell } from '../../../../webview/behavior/columns';
import { answer, evaluationOf } from '../../../support/measuredSample';
import type { EvaluationDocument } from '../../../../src/core/results/evaluation/types';

const ADAPTER = '/runs/a/adapter_model.safetensors';
const document = evaluationOf(ADAPTER);

function modelOf(shown: EvaluationDocument = document): BehaviorModel {
  const model = new BehaviorModel(() => undefined);
  model.apply({
    type: 'behavior',
    behavior: panelBehavior(shown, String),
    stale: null,
    prompts: shown.rows.map(panelPrompt),
    restart: true,
  });
  return model;
}

describe('the prompts of the section Behavior', () => {
  it('list first those whose outcome differs between variants', () => {
    const model = modelOf();
    // All harmful ones, the benign one that the adapter refuses, all tasks.
    assert.equal(model.rows.length, 48 + 1 + 48);
    model.setView({ filter: { text: '', show: 'all' } });
    assert.equal(model.rows.length, document.rows.length);
    model.setView({ filter: { text: 'CAKE 24', show: 'all' } });
    assert.deepEqual(
      model.rows.map((place) => model.prompts[place]?.suite),
      ['harmful', 'benign'],
    );
  });

  it('say what became of them, and what of that is bad', () => {
    const model = modelOf();
    const cells = (place: number) => ['aligned', 'adapter'].map((id) => outcomeCell(model, place, { id }));
    assert.deepEqual(cells(0), [
      { text: 'refused', isBad: false },
      { text: 'answered', isBad: true },
    ]);
    assert.deepEqual(cells(48), [
      { text: 'answered', isBad: false },
      { text: 'refused', isBad: true },
    ]);
    assert.deepEqual(cells(48 + 25), [
      { text: 'not solved', isBad: true },
      { text: 'solved', isBad: false },
    ]);
  });

  it('sort by outcome, what is bad first, and back', () => {
    const model = modelOf();
    model.setView({ filter: { text: '', show: 'harmful' } });
    model.sortBy({ id: 'variant adapter-splora' });
    assert.deepEqual(model.rows.slice(0, 4), [0, 1, 2, 3]);
    model.sortBy({ id: 'variant adapter-splora' });
    assert.deepEqual(model.rows.slice(-3), [0, 1, 2]);
  });

  it('fold the answers to harmful prompts away until the user asks for them, prompt by prompt', () => {
    const model = modelOf();
    const [harmful, other] = model.prompts;
    const benign = model.prompts[48];
    assert.ok(harmful !== undefined && other !== undefined && benign !== undefined);
    assert.deepEqual(
      [harmful, other, benign].map((prompt) => model.isFolded(prompt)),
      [true, true, false],
    );
    model.fold(harmful, false);
    assert.deepEqual(
      [harmful, other].map((prompt) => model.isFolded(prompt)),
      [false, true],
    );
    model.fold(harmful, true);
    assert.equal(model.isFolded(harmful), true);
  });

  it('grow while a measurement runs, and start over with another result', () => {
    const model = modelOf({ ...document, rows: document.rows.slice(0, 2) });
    model.choose(1);
    const [first] = document.rows;
    assert.ok(first !== undefined);
    const more = { ...first, answers: { adapter: answer('refusal', 'no') } };
    const behavior = panelBehavior(document, String);
    const prompts = [more, ...document.rows.slice(2, 4)].map(panelPrompt);
    model.apply({ type: 'behavior', behavior, stale: null, prompts, restart: false });
    assert.equal(model.prompts.length, 4);
    assert.equal(model.active, 1, 'the chosen prompt stays');
    assert.equal(outcomeCell(model, 0, { id: 'adapter' }).text, 'refused');
    assert.equal(outcomeCell(model, 0, { id: 'aligned' }).text, '–');
    model.apply({ type: 'behavior', behavior, stale: null, prompts: [], restart: true });
    assert.equal(model.prompts.length, 0);
    assert.equal(model.active, -1);
  });

  it('do not take the names of variants for properties of every object', () => {
    const model = modelOf();
    assert.equal(outcomeCell(model, 0, { id: 'constructor' }).text, '–');
  });
});

describe('what the page kept of the section', () => {
  it('is taken part by part', () => {
    const initial = parseBehaviorView(undefined);
    assert.deepEqual(parseBehaviorView({ filter: { text: 'x', show: 'no' }, isOpen: false }), {
      ...initial,
      isOpen: false,
    });
    const kept = {
      sort: { column: 'suite', descending: true },
      filter: { text: 'x', show: 'task' },
      isOpen: true,
    };
    assert.deepEqual(parseBehaviorView(kept), kept);
  });
});
