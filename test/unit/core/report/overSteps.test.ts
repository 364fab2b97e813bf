import assert from 'node:assert/strict';
import { render } from '../../../../src/core/message';
import { figuresOf, meanByLayer, stepLines, stepsSummary } from '../../../../src/core/report/overSteps';
import { lineChart, stepHeatMap } from '../../../../src/core/report/stepCharts';
import { analysisOf, HOSTILE_NAME, reversing, scored } from '../../../support/analysisDocument';
import { evaluationOf, rowOf, taskRow } from '../../../support/evaluationDocument';

const entry = (head: string, reversal: number) => ({
  head,
  document: analysisOf([
    scored('layers.0.q', { reversal, updateNorm: 3, retained: 0.1 }),
    scored('layers.0.v', { reversal: 2 * reversal, updateNorm: 4, retained: 0.3 }),
    scored('layers.1.q', { reversal: -reversal, updateNorm: 0, retained: 0.2 }),
  ]),
  evaluation: null,
});
const measured = {
  ...entry('200', 4),
  evaluation: evaluationOf([rowOf('a', 'harmful', 'rc'), rowOf('b', 'harmful', 'rr'), taskRow('c', 0, 1)]),
};

const documents = [entry('100', 2).document, measured.document];

describe('over steps', () => {
  it('has what compares between adapters', () => {
    const figures = figuresOf(measured);
    assert.deepEqual([figures.answered?.value, figures.solved?.value], [0.5, 1]);
    assert.equal(figures.size, 5);
    assert.ok(Math.abs((figures.retained ?? 0) - 0.2) < 1e-12);
    assert.equal(figuresOf({ ...measured, document: analysisOf(reversing().modules) }).standsOut, 1);
    const labels = stepLines([figuresOf(entry('100', 1)), figures]).map(({ label }) => render(label));
    assert.ok(labels[0]?.includes('harmful') && !labels.some((label) => label.includes('E-DIEM')));
    assert.ok(
      !stepLines([figuresOf(entry('100', 1))]).some(({ label }) => render(label).includes('harmful')),
    );
  });
  it('knows answers of an adapter that is not analyzed', () => {
    const figures = figuresOf({ ...measured, document: null });
    assert.equal(figures.answered?.value, 0.5);
    assert.equal(figures.size, null);
    assert.deepEqual(meanByLayer([null, measured.document], 'reversal')[0]?.values, [null, 6]);
  });
  it('says in one sentence what changed from the first to the last step', () => {
    const lines = stepLines([figuresOf(entry('100', 1)), figuresOf(measured)]);
    const sizes = lines.filter(({ values }) => values.every((value) => value !== null));
    const sentence = stepsSummary(sizes.slice(-2), ['100', '200']);
    assert.ok(sentence !== null);
    assert.equal(render(sentence), '‖dW‖: 5.000 at 100, 5.000 at 200; Stand out: 0 at 100, 0 at 200.');
    assert.equal(stepsSummary(stepLines([figuresOf(measured)]), ['200']), null);
  });
  it('has the mean reversal of each layer at each step', () => {
    assert.deepEqual(meanByLayer(documents, 'reversal'), [
      { layer: 'layers.0', values: [3, 6] },
      { layer: 'layers.1', values: [-2, -4] },
    ]);
  });
  it('draws a point for each known value, and names as text', () => {
    const heads = ['100', HOSTILE_NAME];
    const lines = stepLines([figuresOf(entry('100', 1)), figuresOf(measured)]);
    const svg = lineChart(lines, heads);
    const known = lines.flatMap(({ values }) => values).filter((value) => value !== null).length;
    assert.equal(svg.match(/<circle/g)?.length, known);
    const map = stepHeatMap(meanByLayer(documents, 'reversal'), heads);
    assert.equal(map.match(/<rect/g)?.length, 5);
    for (const picture of [svg, map]) assert.doesNotMatch(picture, /<img|<script|\u202e|NaN|Infinity/);
    assert.doesNotMatch(lineChart(stepLines([figuresOf(measured)]), ['1']), /NaN/);
  });
});
