import assert from 'node:assert/strict';
import type { GatePrompt, LossTerm } from '../../../../../../src/evaluation/runners/gates';
import { gradientBatches, sizeOf } from '../../../../../../src/evaluation/runners/onnx/gradient/batches';
import type { BatchSize } from '../../../../../../src/evaluation/runners/onnx/gradient/memory';
import { lossArrays, termResults } from '../../../../../../src/evaluation/runners/onnx/gradient/loss';

const promptOf = (...ids: readonly number[]): GatePrompt => ({
  messages: [{ role: 'user', content: ids.join(' ') }],
});
const idsOf = ({ messages }: GatePrompt): number[] => (messages[0]?.content ?? '').split(' ').map(Number);
const likelihood = (prompt: GatePrompt, targets: readonly number[], weight = 1): LossTerm => ({
  ...{ kind: 'likelihood', prompt, targets, weight },
});
const margin = (prompt: GatePrompt, preferred: readonly number[], other: readonly number[]): LossTerm => ({
  ...{ kind: 'margin', prompt, preferred, other, threshold: 1.5, weight: 0.5 },
});
/** Attention costs nothing, or more than all the rest. */
const FREE = ({ rows, width, shared }: BatchSize): number => shared + rows * (width - shared);
const DEAR = ({ rows, width, shared }: BatchSize): number =>
  shared ** 3 + rows * (width - shared) * width ** 2;
const OPTIONS = { prompt: idsOf, tokens: 100, targets: 100, work: DEAR };

describe('batches of a gate loss', () => {
  it('puts answers to the same prompt into one row, and keeps the order of the terms', () => {
    const terms = [
      likelihood(promptOf(1, 2), [3, 4]),
      margin(promptOf(5, 6, 7), [8], [9, 9]),
      margin(promptOf(1, 2), [3], [4]),
    ];
    const [batch, ...others] = gradientBatches(terms, OPTIONS);
    assert.equal(others.length, 0);
    assert.deepEqual(
      batch?.sequences.map(({ length }) => length),
      [4, 3],
    );
    assert.deepEqual(batch.numbers, [1, 0, 2]);
    assert.deepEqual(sizeOf(batch), { rows: 2, width: 4, shared: 0, places: 7 });
  });

  it('has no batch with more tokens, more targets or more padding than it may', () => {
    const long = Array.from({ length: 60 }, (_, at) => at);
    const terms = [1, 2, 3].flatMap((first) => [
      likelihood(promptOf(first, ...long), [3, 4]),
      likelihood(promptOf(first), [3]),
    ]);
    const lengths = (options: Partial<typeof OPTIONS>): number[][] =>
      gradientBatches(terms, { ...OPTIONS, ...options }).map(({ sequences }) =>
        sequences.map(({ length }) => length),
      );
    assert.deepEqual(lengths({}), [[62], [62], [62], [1, 1, 1]]);
    assert.deepEqual(lengths({ tokens: 130 }), [[62, 62], [62], [1, 1, 1]]);
    assert.deepEqual(lengths({ targets: 2 }), [[62], [62], [62], [1, 1], [1]]);
  });

  it('computes once what the rows of a batch begin with, but not their last tokens', () => {
    const terms = [8, 9, 10].map((last) => likelihood(promptOf(1, 2, 3, last), [3, 4]));
    const sizes = (own: readonly LossTerm[]): unknown[] =>
      gradientBatches(own, OPTIONS).map((batch) => ({ ...sizeOf(batch), places: 0 }));
    assert.deepEqual(sizes(terms), [{ rows: 3, width: 5, shared: 3, places: 0 }]);
    const whole = [likelihood(promptOf(1, 2, 3), [3, 4]), ...terms];
    assert.deepEqual(sizes(whole), [{ rows: 4, width: 5, shared: 2, places: 0 }]);
    assert.deepEqual(sizes(terms.slice(1, 2)), [{ rows: 1, width: 5, shared: 0, places: 0 }]);
    const [batch, ...others] = gradientBatches(terms, { ...OPTIONS, tokens: 7 });
    assert.deepEqual([batch?.shared, batch?.sequences.length, others.length], [3, 2, 1]);
  });

  it('makes one row of all where they share more than attention costs', () => {
    const prompts = [
      [1, 2, 3, 4, 5, 6, 8],
      [1, 2, 3, 4, 5, 6, 9],
      [0, 2, 3, 4, 5, 6, 8],
      [0, 2, 3, 4, 5, 6, 9],
    ];
    const terms = prompts.map((prompt) => likelihood(promptOf(...prompt), [3, 4]));
    const lengths = (options: Partial<typeof OPTIONS>): number[][] =>
      gradientBatches(terms, { ...OPTIONS, ...options }).map(({ sequences }) =>
        sequences.map(({ length }) => length),
      );
    assert.deepEqual(lengths({}), [[8, 8, 8, 8]]);
    assert.deepEqual(lengths({ work: FREE }), [[20]]);
  });

  it('weighs targets as the loss does', () => {
    const terms = [likelihood(promptOf(1, 2), [3, 4], 0.25), margin(promptOf(1, 2), [3], [5, 6])];
    const [batch] = gradientBatches(terms, OPTIONS);
    assert.ok(batch);
    const { places, picked, weights, margins, thresholds, marginWeights } = lossArrays(
      batch.terms,
      (_sequence, place) => place,
    );
    assert.deepEqual(places, [1, 2, 3]);
    assert.deepEqual(picked, [
      [0, 3],
      [1, 4],
      [0, 3],
      [0, 5],
      [2, 6],
    ]);
    assert.deepEqual([...weights], [0.25, 0.25, 0, 0, 0]);
    assert.deepEqual([...margins], [0, 0, 1, -0.5, -0.5]);
    assert.deepEqual([...thresholds, ...marginWeights], [1.5, 0.5]);
  });

  it('computes the loss of each term', () => {
    const terms = [likelihood(promptOf(1, 2), [3, 4], 0.25), margin(promptOf(1, 2), [3], [5, 6])];
    const [batch] = gradientBatches(terms, OPTIONS);
    const [first, second] = termResults(batch?.terms ?? [], Float32Array.of(-1, -3, -2, -1, -2));
    assert.deepEqual(first, { kind: 'likelihood', logProbabilities: [-1, -3], loss: 1 });
    assert.ok(second?.kind === 'margin');
    assert.equal(second.margin, -0.5);
    assert.ok(Math.abs(second.loss - 0.5 * Math.log1p(Math.exp(2))) < 1e-12);
  });
});
