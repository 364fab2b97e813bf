import assert from 'node:assert/strict';
import { cellText, columnDecimals, scoreText } from '../../../../webview/model/scoreText';

describe('scoreText', () => {
  it('writes a true minus, in exponents too', () => {
    assert.equal(scoreText('ediemIqr', -1.0131), '−1.013');
    assert.equal(scoreText('reversal', -1e-5), '−1.00e−5');
  });
});

describe('cellText', () => {
  const column = (values: readonly (number | null)[]): string[] => {
    const decimals = columnDecimals('reversal', values);
    return values.map((value) => (value === null ? '–' : cellText('reversal', value, decimals)));
  };

  it('gives a column the decimals that its largest number needs', () => {
    assert.deepEqual(column([0.1257, -0.03549, null, 0.0019, 0]), [
      '0.1257',
      '−0.0355',
      '–',
      '0.0019',
      '0.0000',
    ]);
    assert.deepEqual(column([12345.6, 1.5]), ['12345.60', '1.50']);
  });

  it('keeps what would read as zero', () => {
    assert.deepEqual(column([3.2, 1e-9]), ['3.200', '1.00e−9']);
  });

  it('leaves very small and very large numbers their exponents', () => {
    assert.deepEqual(column([2e-7, 1e-9]), ['2.00e−7', '1.00e−9']);
    assert.deepEqual(column([2e7, 1]), ['2.00e7', '1.000']);
    assert.equal(columnDecimals('cosine', [1]), null);
  });
});
