import type { Value } from '../../../../core/onnx/graph';
import type { Norm } from '../decoder';
import type { GraphParts } from '../graphParts';
import type { Part } from './part';

/** Over the last axis. */
export function normPart(parts: GraphParts, norm: Norm): Part {
  return norm.kind === 'rms' ? rmsPart(parts, norm) : layerPart(parts, norm);
}

const attributesOf = ({ epsilon }: Norm): { axis: number; epsilon: { float: number } } => ({
  axis: -1,
  epsilon: { float: epsilon },
});

/** `y = x inv w`: `dx = inv (t - x inv² mean(t x))` with `t = dy w`. */
function rmsPart(parts: GraphParts, norm: Norm): Part {
  const { graph } = parts;
  return (input, needed) => {
    const weight = parts.normWeight(norm);
    const [value, inverse] = [graph.fresh('normed'), graph.fresh('inverse')];
    const outputs = needed ? [value, inverse] : [value];
    graph.nodeTo('SimplifiedLayerNormalization', [input, weight], outputs, {
      attributes: attributesOf(norm),
    });
    const back = (gradient: Value): Value => {
      const t = graph.node('Mul', [gradient, weight]);
      const mean = meanOf(parts, graph.node('Mul', [t, input]));
      const square = graph.node('Mul', [inverse, inverse]);
      const share = graph.node('Mul', [mean, square]);
      const rest = graph.node('Sub', [t, graph.node('Mul', [input, share])]);
      return graph.node('Mul', [rest, inverse]);
    };
    return { value, needed, back };
  };
}

/** `y = n w + b`, `n = (x - mean) inv`: `dx = inv (t - mean(t) - n mean(t n))` with `t = dy w`. */
function layerPart(parts: GraphParts, norm: Norm): Part {
  const { graph } = parts;
  return (input, needed) => {
    const weight = parts.normWeight(norm);
    const bias = parts.weight(`${norm.name}.bias`, [norm.size]);
    const [value, average, inverse] = [graph.fresh('normed'), graph.fresh('average'), graph.fresh('inverse')];
    const outputs = needed ? [value, average, inverse] : [value];
    graph.nodeTo('LayerNormalization', [input, weight, bias], outputs, { attributes: attributesOf(norm) });
    const back = (gradient: Value): Value => {
      const t = graph.node('Mul', [gradient, weight]);
      const centered = graph.node('Sub', [t, meanOf(parts, t)]);
      const normal = graph.node('Mul', [graph.node('Sub', [input, average]), inverse]);
      const share = meanOf(parts, graph.node('Mul', [t, normal]));
      const rest = graph.node('Sub', [centered, graph.node('Mul', [normal, share])]);
      return graph.node('Mul', [rest, inverse]);
    };
    return { value, needed, back };
  };
}

function meanOf({ graph }: GraphParts, value: Value): Value {
  return graph.node('ReduceMean', [value, graph.ints(-1)], { attributes: { keepdims: 1 } });
}
