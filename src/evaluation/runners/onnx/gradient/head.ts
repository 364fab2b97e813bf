import type { Value } from '../../../../core/onnx/graph';
import { OUTPUT } from '../graph';
import { MICROSOFT, type GraphParts } from '../graphParts';
import { throughCap } from './attention';
import { normPart } from './norm';

/** The smallest normal float32: a log-probability below -87.3 is given as that; NaN stays NaN. */
const LEAST_PROBABILITY = 2 ** -126;

/** Inputs of the loss. Shapes: P positions that count, Q targets, G margins. */
export const LOSS = {
  /** int64 [P, 1]: which of the N tokens count. */
  places: 'places',
  /** int64 [Q, 2]: of each target, which of the P, and its token id. */
  picked: 'picked',
  /** int64 [Q]: the token ids alone. */
  targets: 'target_ids',
  /** float [P, Q]: 1 where a target belongs to a position. */
  belongs: 'belongs',
  /** float [Q, 1]: weights of the log-probabilities, negative in the loss. */
  weights: 'weights',
  /** float [G, Q]: a margin is its row times the log-probabilities. */
  margins: 'margins',
  /** float [G, 1]. */
  thresholds: 'thresholds',
  /** float [G, 1]: weights of `softplus(threshold - margin)` in the loss. */
  marginWeights: 'margin_weights',
} as const;

/**
 * Log-probabilities (an output) and the gradient of the loss by the last layer's output.
 * @param rows [P, hidden] of that output
 */
export function lossGradient(parts: GraphParts, rows: Value): Value {
  const { graph, decoder } = parts;
  const normed = normPart(parts, decoder.finalNorm)(rows, true);
  const logits = logitsOf(parts, normed.value);
  const probabilities = graph.node('Softmax', [logits], { attributes: { axis: 1 } });
  const picked = graph.node('GatherND', [probabilities, LOSS.picked]);
  const positive = graph.node('Add', [picked, graph.scalar(LEAST_PROBABILITY)]);
  graph.nodeTo('Log', [positive], [OUTPUT.logProbabilities]);
  graph.output(OUTPUT.logProbabilities, 'float', ['Q']);
  const byNormed = headBack(parts, { logits, probabilities, weights: targetWeights(parts) });
  return normed.back(byNormed) ?? '';
}

export function declareLoss({ graph }: GraphParts): void {
  graph.input(LOSS.places, 'int64', ['P', 1]);
  graph.input(LOSS.picked, 'int64', ['Q', 2]);
  graph.input(LOSS.targets, 'int64', ['Q']);
  graph.input(LOSS.belongs, 'float', ['P', 'Q']);
  graph.input(LOSS.weights, 'float', ['Q', 1]);
  graph.input(LOSS.margins, 'float', ['G', 'Q']);
  graph.input(LOSS.thresholds, 'float', ['G', 1]);
  graph.input(LOSS.marginWeights, 'float', ['G', 1]);
}

/** [P, vocabulary]. */
function logitsOf(parts: GraphParts, rows: Value): Value {
  const { graph, decoder } = parts;
  const { head, vocabulary } = decoder;
  const product = graph.node('FusedMatMul', [rows, parts.headWeight()], {
    domain: MICROSOFT,
    attributes: { transB: 1, alpha: { float: head.scale } },
  });
  const logits = head.bias
    ? graph.node('Add', [product, parts.weight(`${head.name}.bias`, [vocabulary])])
    : product;
  return head.softcap === undefined ? logits : parts.softcapped(logits, head.softcap);
}

/** [Q, 1]: minus the gradient by each log-probability. */
function targetWeights({ graph }: GraphParts): Value {
  const logs = graph.node('Unsqueeze', [OUTPUT.logProbabilities, graph.ints(1)]);
  const missing = graph.node('Sub', [LOSS.thresholds, graph.node('MatMul', [LOSS.margins, logs])]);
  const shares = graph.node('Mul', [LOSS.marginWeights, graph.node('Sigmoid', [missing])]);
  const byMargins = graph.node('FusedMatMul', [LOSS.margins, shares], {
    domain: MICROSOFT,
    attributes: { transA: 1 },
  });
  return graph.node('Add', [LOSS.weights, byMargins]);
}

/**
 * `w (softmax - onehot) W`: the second part is looked up. With a soft cap, both are multiplied by its slope before.
 */
function headBack(
  parts: GraphParts,
  options: { readonly logits: Value; readonly probabilities: Value; readonly weights: Value },
): Value {
  const { graph, decoder } = parts;
  const { scale, softcap } = decoder.head;
  const weight = parts.headWeight();
  const { logits, weights } = options;
  let { probabilities } = options;
  let picked = weights;
  if (softcap !== undefined) {
    probabilities = throughCap(parts, { gradient: probabilities, capped: logits, softcap });
    const own = graph.node('Unsqueeze', [graph.node('GatherND', [logits, LOSS.picked]), graph.ints(1)]);
    picked = throughCap(parts, { gradient: weights, capped: own, softcap });
  }
  const expected = graph.node('MatMul', [probabilities, weight]);
  const byPosition = graph.node('MatMul', [LOSS.belongs, weights]);
  const rows = graph.node('Mul', [picked, graph.node('Gather', [weight, LOSS.targets])]);
  const own = graph.node('MatMul', [LOSS.belongs, rows]);
  const all = graph.node('Sub', [graph.node('Mul', [expected, byPosition]), own]);
  return scale === 1 ? all : graph.node('Mul', [all, graph.scalar(scale)]);
}
