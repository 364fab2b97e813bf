import type { Value } from '../../../../core/onnx/graph';
import type { Activation, Mlp } from '../decoder';
import type { GraphParts } from '../graphParts';
import type { Linears } from './linear';
import { onceThere, type Part } from './part';

/** @param firstSite index of its first site */
export function mlpPart(parts: GraphParts, linears: Linears, mlp: Mlp, firstSite: number): Part {
  return (input, needed) => {
    const wide =
      mlp.kind === 'plain'
        ? plainWide(parts, linears, mlp, firstSite)
        : gatedWide(parts, linears, mlp, firstSite);
    const inner = wide(input, needed);
    const down = linears.site(firstSite + 1, [mlp.down], inner.value, inner.needed);
    return {
      value: down.values[0] ?? '',
      needed: down.needed,
      back: (gradient) => {
        const through = down.back([gradient]);
        return through === undefined ? undefined : inner.back(through);
      },
    };
  };
}

type PlainMlp = Extract<Mlp, { kind: 'plain' }>;
type GatedMlp = Exclude<Mlp, PlainMlp>;

function plainWide(parts: GraphParts, linears: Linears, mlp: PlainMlp, firstSite: number): Part {
  const { graph } = parts;
  return (input, needed) => {
    const up = linears.site(firstSite, [mlp.up], input, needed);
    const [value = ''] = up.values;
    return {
      value: parts.activated(mlp.activation, value),
      needed: up.needed,
      back: (gradient) => {
        const { slope } = slopeOf(parts, mlp.activation, onceThere(parts, value, gradient));
        return up.back([graph.node('Mul', [gradient, slope])]);
      },
    };
  };
}

/** `f = act(a) u`: `du = df act(a)`, `da = df u act'(a)`. */
function gatedWide(parts: GraphParts, linears: Linears, mlp: GatedMlp, firstSite: number): Part {
  const { graph } = parts;
  return (input, needed) => {
    const site = linears.site(
      firstSite,
      mlp.kind === 'gated' ? [mlp.gate, mlp.up] : [mlp.gateUp],
      input,
      needed,
    );
    const [first = ''] = site.values;
    const [gate, up] = mlp.kind === 'gated' ? [first, site.values[1] ?? ''] : halves(parts, first);
    return {
      value: graph.node('Mul', [parts.activated(mlp.activation, gate), up]),
      needed: site.needed,
      back: (gradient) => {
        const { value, slope } = slopeOf(parts, mlp.activation, onceThere(parts, gate, gradient));
        const byUp = graph.node('Mul', [gradient, value]);
        const byGate = graph.node('Mul', [graph.node('Mul', [gradient, up]), slope]);
        if (mlp.kind === 'gated') return site.back([byGate, byUp]);
        return site.back([graph.node('Concat', [byGate, byUp], { attributes: { axis: 1 } })]);
      },
    };
  };
}

function halves({ graph }: GraphParts, both: Value): [Value, Value] {
  const parts: [Value, Value] = [graph.fresh('gate'), graph.fresh('up')];
  graph.nodeTo('Split', [both], parts, { attributes: { axis: 1, num_outputs: 2 } });
  return parts;
}

interface Slope {
  readonly value: Value;
  readonly slope: Value;
}

/** An activation and its derivative. */
function slopeOf(parts: GraphParts, activation: Activation, input: Value): Slope {
  switch (activation) {
    case 'silu':
      return siluSlope(parts, input);
    case 'gelu':
      return geluSlope(parts, input);
    case 'geluTanh':
      return geluTanhSlope(parts, input);
    case 'relu': {
      const { graph } = parts;
      const positive = graph.node('Greater', [input, graph.scalar(0)]);
      const slope = graph.node('Cast', [positive], { attributes: { to: 1 } });
      return { value: graph.node('Mul', [input, slope]), slope };
    }
  }
}

/** `s + σ (1 - s)`, `s = x σ`. */
function siluSlope(parts: GraphParts, input: Value): Slope {
  const { graph } = parts;
  const sigmoid = graph.node('Sigmoid', [input]);
  const value = parts.activated('silu', input);
  const rest = graph.node('Mul', [sigmoid, graph.node('Sub', [graph.scalar(1), value])]);
  return { value, slope: graph.node('Add', [value, rest]) };
}

/** `Φ(x) + x φ(x)`. */
function geluSlope({ graph }: GraphParts, input: Value): Slope {
  const erf = graph.node('Erf', [graph.node('Mul', [input, graph.scalar(Math.SQRT1_2)])]);
  const share = graph.node('Mul', [graph.node('Add', [erf, graph.scalar(1)]), graph.scalar(0.5)]);
  const square = graph.node('Mul', [graph.node('Mul', [input, input]), graph.scalar(-0.5)]);
  const density = graph.node('Mul', [graph.node('Exp', [square]), graph.scalar(1 / Math.sqrt(2 * Math.PI))]);
  const slope = graph.node('Add', [share, graph.node('Mul', [input, density])]);
  return { value: graph.node('Mul', [input, share]), slope };
}

/** Of the cubic term inside the tanh. */
const CUBIC = 0.044715;
const TANH_SCALE = Math.sqrt(2 / Math.PI);

/** `h + x h (1 - h) 2 k (1 + 3 c x²)`, where `h = (1 + tanh(k (x + c x³))) / 2`. */
function geluTanhSlope({ graph }: GraphParts, input: Value): Slope {
  const times = (value: Value, factor: number): Value => graph.node('Mul', [value, graph.scalar(factor)]);
  const plusOne = (value: Value): Value => graph.node('Add', [value, graph.scalar(1)]);
  const square = graph.node('Mul', [input, input]);
  const inner = graph.node('Mul', [times(input, TANH_SCALE), plusOne(times(square, CUBIC))]);
  const half = times(plusOne(graph.node('Tanh', [inner])), 0.5);
  const value = graph.node('Mul', [input, half]);
  const bend = times(plusOne(times(square, 3 * CUBIC)), 2 * TANH_SCALE);
  const rest = graph.node('Mul', [value, graph.node('Sub', [graph.scalar(1), half])]);
  return { value, slope: graph.node('Add', [half, graph.node('Mul', [rest, bend])]) };
}
