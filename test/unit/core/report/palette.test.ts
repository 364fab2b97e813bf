import assert from 'node:assert/strict';
import { colorAt, COLOR_STOPS } from '../../../../src/core/report/palette';

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe('colorAt', () => {
  const stops = Array.from({ length: COLOR_STOPS }, (_, index) => colorAt(index / (COLOR_STOPS - 1)));

  it('gets darker from 0 to 1, also for who sees no color', () => {
    const values = stops.map(({ fill }) => luminance(fill));
    values.slice(1).forEach((value, index) => assert.ok(value < (values[index] ?? 0)));
  });
  it('has text that can be read on every stop (4.5:1)', () => {
    for (const { fill, ink } of stops) {
      const [low = 0, high = 0] = [luminance(fill), luminance(ink)].sort((left, right) => left - right);
      assert.ok((high + 0.05) / (low + 0.05) >= 4.5, `${ink} on ${fill}`);
    }
  });
  it('takes any number', () => {
    assert.deepEqual(colorAt(-1), colorAt(0));
    assert.deepEqual(colorAt(7), colorAt(1));
    assert.deepEqual(colorAt(NaN), colorAt(0));
  });
});
