import assert from 'node:assert/strict';
import { compensatedRow, costOf, hessianRoot } from '../../../../src/core/algebra/obs';
import { assertClose } from '../../../support/workedExample';

/** `(2/N) Xᵀ X` of the worked example, four tokens. */
const X = [
  [1, 0, 1],
  [1, 1, 0],
  [0, 1, 1],
  [1, 1, 1],
];
const HESSIAN = Float64Array.from({ length: 9 }, (_, at) => {
  const [i, j] = [Math.floor(at / 3), at % 3];
  return X.reduce((sum, row) => sum + 0.5 * (row[i] ?? 0) * (row[j] ?? 0), 0);
});

describe('optimal brain surgery', () => {
  it('has the costs of the worked example', () => {
    const root = hessianRoot(HESSIAN, 3);
    assert.ok(root);
    assertClose(
      [0, 1, 2].map((j) => 1 / costOf(root, j)),
      [1.178698, 1.081518, 0.812444],
    );
  });

  it('makes up for entries that are set to 0, as in the worked example of IRR', () => {
    const root = hessianRoot(HESSIAN, 3);
    assert.ok(root);
    const first = compensatedRow(root, Float64Array.of(2, 4, -2), Float64Array.of(NaN, NaN, 0));
    const second = compensatedRow(root, Float64Array.of(-4, -8, 4), Float64Array.of(NaN, 0, NaN));
    assertClose([...first, ...second], [2, 4, 0, -4, 0, -1.280528]);
  });

  it('changes nothing where no input has another in common', () => {
    const root = hessianRoot(Float64Array.of(4, 0, 0, 9), 2);
    assert.ok(root);
    assertClose(compensatedRow(root, Float64Array.of(1, 2), Float64Array.of(0, NaN)), [0, 2]);
  });

  it('has no root without inputs', () => {
    assert.equal(hessianRoot(new Float64Array(4), 2), undefined);
    assert.equal(hessianRoot(new Float64Array(4).fill(NaN), 2), undefined);
  });
});
