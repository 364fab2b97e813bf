import assert from 'node:assert/strict';
import type { MeasuredRepairRequest } from '../../../src/protocol/repairApi';
import { estimateRepair } from '../../../src/repair/estimate';
import { fakeClients } from '../../support/fakeRepair';

const REQUEST: MeasuredRepairRequest = {
  ...{ adapter: '/adapters/x', base: '/models/base', method: 'auto', options: {}, curve: true },
  measure: { aligned: '/models/aligned', suites: ['/suites'], runner: { kind: 'onnx' } },
  target: { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: 'exact' },
  ...{ chance: true, anyway: false, copyRest: false, fitLimit: 10 },
};

const estimate = (change: Partial<MeasuredRepairRequest> = {}) => {
  const { clients } = fakeClients({ behavior: () => ({ answered: 0, refused: 0, right: 0 }) });
  return estimateRepair({ ...REQUEST, ...change }, clients, new AbortController().signal);
};

describe('estimateRepair', () => {
  it('adds up models as they are, one strength, and the test', async () => {
    const one = await estimate({ method: 'scale', curve: false });
    // 60 questions before, 30 of the strength, 90 of the test.
    assert.deepEqual(one, { questions: 180, seconds: 25, bytes: 1000, availableBytes: 5000 });
  });

  it('counts refinement, random directions, methods that are compared, and passes over prompts', async () => {
    const cut = { method: 'cut' };
    // Per side 4 strengths, then 2 lines of 3: 20 of 30 questions; 60 before; 120 of the test.
    assert.equal((await estimate(cut)).questions, 780);
    assert.equal((await estimate({ ...cut, chance: false })).questions, 750);
    const alone = await estimate({ compare: ['cut'] });
    const scale = await estimate({ method: 'scale', chance: false });
    const both = await estimate({ compare: ['cut', 'scale'] });
    // The second one's strengths, without models as they are, and it in the test.
    assert.equal(both.questions - alone.questions, scale.questions - 60 - 90 + 30);
    const constrain = await estimate({ method: 'constrain', curve: false });
    const one = await estimate({ method: 'scale', curve: false });
    assert.equal(constrain.questions - one.questions, 30);
  });

  it('counts every strength of a curve, and the fit of gates with its memory', async () => {
    const one = await estimate({ method: 'cut', curve: false });
    const curve = await estimate({ method: 'cut' });
    assert.ok(curve.seconds > 2 * one.seconds && curve.questions > 2 * one.questions);
    assert.equal(curve.bytes, 1000);
    const auto = await estimate();
    assert.ok(auto.seconds > curve.seconds + 29);
    assert.equal(auto.bytes, 3000);
    // They start from the best cut.
    assert.deepEqual(await estimate({ method: 'split-gates', curve: false }), auto);
  });
});
