/** Steps of the color scale, each a CSS class (`step-0` … `step-8`). */
export const COLOUR_STEPS = 9;

/** Maps values to color steps; values beyond `low` and `high` get the end colors. */
export interface ColourScale {
  /** Values at the faint and the strong end; `low > high` if small values are pruned first. */
  readonly low: number;
  readonly high: number;
  /** There are values beyond that end. */
  readonly beyondLow: boolean;
  readonly beyondHigh: boolean;
  /** 0 … COLOUR_STEPS - 1; the strong end is pruned first. */
  step(value: number): number;
}

/**
 * A linear scale over the values without far outliers (1.5 interquartile ranges beyond the quartiles), which would
 * leave one color for all other values. Null without values.
 */
export function colourScale(values: readonly number[], order: 'largest' | 'smallest'): ColourScale | null {
  if (values.length === 0) return null;
  const sorted = new Float64Array(values).sort();
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
  const fence = 1.5 * (at(0.75) - at(0.25));
  const min = at(0);
  const max = at(1);
  const lowest = fence > 0 ? Math.max(min, at(0.25) - fence) : min;
  const highest = fence > 0 ? Math.min(max, at(0.75) + fence) : max;
  const flip = order === 'smallest';
  const [low, high] = flip ? [highest, lowest] : [lowest, highest];
  return {
    low,
    high,
    beyondLow: flip ? max > highest : min < lowest,
    beyondHigh: flip ? min < lowest : max > highest,
    step: (value) => {
      if (high === low) return Math.floor(COLOUR_STEPS / 2);
      const part = (value - low) / (high - low);
      return Math.min(COLOUR_STEPS - 1, Math.max(0, Math.floor(part * COLOUR_STEPS)));
    },
  };
}

/** Round numbers within `[min, max]`, about `count` of them, for an axis. */
export function niceTicks(min: number, max: number, count: number): number[] {
  const span = max - min;
  if (!(span > 0) || !Number.isFinite(span)) return Number.isFinite(min) ? [min] : [];
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const ticks: number[] = [];
  for (let tick = Math.ceil(min / step); tick <= Math.floor(max / step); tick += 1) {
    // Through a decimal, so that 3 * 0.1 is 0.3.
    ticks.push(Number((tick * step).toPrecision(12)));
  }
  return ticks;
}
