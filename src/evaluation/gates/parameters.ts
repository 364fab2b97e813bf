import { lastOfName } from '../../core/lastPart';
import { GATE_MIN, GATE_RANGES, type GateGroup, type ModuleGates } from '../../core/results/fit/types';
import type { GateVector } from '../runners/gates';

/** A gate that is nearer to 1 is 1: the module stays byte for byte. */
const NEAR_ONE = 0.005;

type Range = readonly [least: number, most: number];

/** Gates that change together, as the numbers that are fitted. */
export class GateParameters {
  /** Of each gate (`on` of all modules, then `off`): its parameter. */
  private readonly indexes: readonly number[];
  readonly count: number;
  /** Of each parameter: least and largest value. */
  readonly ranges: readonly Range[];

  constructor(
    private readonly modules: readonly string[],
    private readonly isSplit: boolean,
    per: GateGroup,
  ) {
    const groups = new Map<string, number>();
    const ranges: Range[] = [];
    const sides = isSplit ? (['on', 'off'] as const) : (['plain'] as const);
    this.indexes = sides.flatMap((side) =>
      modules.map((module) => {
        const key = `${side} ${groupOf(module, per)}`;
        const known = groups.get(key);
        if (known !== undefined) return known;
        groups.set(key, groups.size);
        ranges.push(GATE_RANGES[side]);
        return groups.size - 1;
      }),
    );
    this.count = groups.size;
    this.ranges = ranges;
  }

  vector(values: Float64Array): GateVector {
    const all = Float64Array.from(this.indexes, (index) => values[index] ?? 1);
    const half = this.modules.length;
    return this.isSplit ? { on: all.subarray(0, half), off: all.subarray(half) } : { on: all };
  }

  /** Of each parameter, from the gradients of its gates. */
  gradient({ on, off = new Float64Array() }: GateVector): Float64Array {
    const sums = new Float64Array(this.count);
    [...on, ...off].forEach((value, gate) => {
      const index = this.indexes[gate] ?? 0;
      sums[index] = (sums[index] ?? 0) + value;
    });
    return sums;
  }

  /** Means over the gates that share a parameter; modules that are not among `gates` count as 1. */
  start(gates: readonly ModuleGates[]): Float64Array {
    const known = new Map(gates.map((one) => [one.module, one]));
    const sums = new Float64Array(this.count);
    const counts = new Float64Array(this.count);
    this.indexes.forEach((index, gate) => {
      const { on = 1, off = on } = known.get(this.modules[gate % this.modules.length] ?? '') ?? {};
      sums[index] = (sums[index] ?? 0) + (gate < this.modules.length ? on : off);
      counts[index] = (counts[index] ?? 0) + 1;
    });
    return sums.map((sum, index) => sum / (counts[index] ?? 1));
  }

  gates(values: Float64Array): readonly ModuleGates[] {
    const { on, off } = this.vector(values);
    return this.modules.map((module, at) => ({
      module,
      on: on[at] ?? 1,
      ...(off === undefined ? {} : { off: off[at] ?? 1 }),
    }));
  }
}

/** As they will be written: what is nearly 0 or 1 is just that. */
export function settled(values: Float64Array): Float64Array {
  return values.map((value) => (Math.abs(value) < GATE_MIN ? 0 : Math.abs(value - 1) < NEAR_ONE ? 1 : value));
}

/** The block's number, or the last part of the name. */
function groupOf(module: string, per: GateGroup): string {
  if (per === 'module') return module;
  if (per === 'type') return lastOfName(module);
  return /\.(\d+)\./.exec(module)?.[1] ?? module;
}

/** Where a fit is: numbers of an Adam optimizer. */
export interface AdamState {
  readonly values: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly steps: number;
}

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8] as const;

export function adamAt(values: Float64Array): AdamState {
  const zeros = (): Float64Array => new Float64Array(values.length);
  return { values, first: zeros(), second: zeros(), steps: 0 };
}

/** One step of Adam (Kingma and Ba, 2015); the values are clamped to their ranges. */
export function adamStep(
  state: AdamState,
  gradient: Float64Array,
  { rate, ranges }: { readonly rate: number; readonly ranges: readonly Range[] },
): AdamState {
  const steps = state.steps + 1;
  const first = state.first.map((value, at) => BETA1 * value + (1 - BETA1) * (gradient[at] ?? 0));
  const second = state.second.map((value, at) => BETA2 * value + (1 - BETA2) * (gradient[at] ?? 0) ** 2);
  const values = state.values.map((value, at) => {
    const mean = (first[at] ?? 0) / (1 - BETA1 ** steps);
    const deviation = Math.sqrt((second[at] ?? 0) / (1 - BETA2 ** steps));
    const [least, most] = ranges[at] ?? GATE_RANGES.plain;
    return Math.min(most, Math.max(least, value - (rate * mean) / (deviation + EPSILON)));
  });
  return { values, first, second, steps };
}
