import type { Decoder, Layer } from '../decoder';
import { allSites } from '../decoder';
import { computedParameters } from '../decoder';
import type { KnownModel } from '../model';

const FLOAT_BYTES = 4;
const MB = 1e6;

export interface BatchSize {
  readonly rows: number;
  /** Tokens of a row. */
  readonly width: number;
  /** The first of these, if all rows have the same ones, which are computed once. */
  readonly shared: number;
}

/** A batch, and positions that are predicted. */
export interface GradientSize extends BatchSize {
  readonly places: number;
}

/** Tokens of a batch, at most; more gain nothing, and cost memory. A single row may have more. */
export const GRADIENT_TOKENS_MAX = 512;

/** Fewer waste most of what reading the weights costs; a model for which this is too much is refused. */
export const GRADIENT_TOKENS_MIN = 64;

/** Of the logits of a batch, and of what is computed from them. */
const LOGITS_BYTES_MAX = 256 * 1024 ** 2;
/** Copies of the logits that exist at once: logits, and their softmax. */
const LOGITS_COPIES = 2;

/** Predicted positions of a batch, at most. */
export function gateTargetsMax({ vocabulary }: Pick<Decoder, 'vocabulary'>): number {
  return Math.max(1, Math.floor(LOGITS_BYTES_MAX / (LOGITS_COPIES * FLOAT_BYTES * vocabulary)));
}

/** What ONNX Runtime itself takes, and the JavaScript heap. */
const FIXED_BYTES = 90 * MB;

/**
 * Memory of a gradient at its peak, in bytes, besides what the process has already: weights as float32, what the forward
 * pass leaves for the backward pass, and the logits or one layer's values.
 */
export function gradientBytes(
  { decoder, places }: Pick<KnownModel, 'decoder' | 'places'>,
  { places: predicted, ...size }: GradientSize,
): number {
  const { hidden, vocabulary, embedding, head, layers } = decoder;
  const tokens = tokensOf(size);
  const table = places.find(`${embedding.name}.weight`, [vocabulary, hidden]).length;
  const mapped = head.name === embedding.name ? table : 0;
  const weights = FLOAT_BYTES * computedParameters(decoder) + mapped;
  const kept = layers.reduce((sum, layer) => sum + keptFloats(layer, hidden), 0) * tokens;
  const most = layers.reduce(
    (sum, layer) => Math.max(sum, busyFloats(layer, hidden) * tokens, scores(layer, size)),
    0,
  );
  const logits = LOGITS_COPIES * predicted * vocabulary;
  // While ONNX Runtime converts the largest weight, it holds it twice.
  const loading = FLOAT_BYTES * vocabulary * hidden;
  return FIXED_BYTES + weights + Math.max(loading, FLOAT_BYTES * (kept + Math.max(logits, most)));
}

/** Of each token: inputs of the norms, queries, keys and values, and what goes into the activation. */
function keptFloats({ attention, mlp, afterAttention, afterMlp, ...layer }: Layer, hidden: number): number {
  const { heads, kvHeads, headSize } = attention;
  const norms = [layer.beforeAttention, afterAttention, layer.beforeMlp, afterMlp];
  const queries = (heads + 2 * kvHeads) * headSize;
  const normed = (attention.qNorm === undefined ? 0 : heads + kvHeads) * headSize;
  return hidden * norms.filter((norm) => norm !== undefined).length + queries + normed + wide(mlp);
}

/** Values of one layer that exist at once in the backward pass. */
function busyFloats({ mlp }: Layer, hidden: number): number {
  return 4 * hidden + 3 * wide(mlp);
}

/** Numbers of the attention of one layer that exist at once. */
const scores = ({ attention }: Layer, { rows, width, shared }: BatchSize): number =>
  3 * rows * attention.heads * (width - shared) * width;

const tokensOf = ({ rows, width, shared }: BatchSize): number => shared + rows * (width - shared);

function wide(mlp: Layer['mlp']): number {
  if (mlp.kind === 'plain') return mlp.up.outputs;
  return mlp.kind === 'gated' ? mlp.gate.outputs + mlp.up.outputs : mlp.gateUp.outputs;
}

/** Multiply-adds of the layers forward; backward it is as many. */
export function layerWork(decoder: Pick<Decoder, 'layers'>, size: BatchSize): number {
  const perToken = allSites(decoder)
    .flat()
    .reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0);
  const perPair = decoder.layers.reduce(
    (sum, { attention }) => sum + 2 * attention.heads * attention.headSize,
    0,
  );
  const { rows, width, shared } = size;
  const pairs = shared * shared + rows * (width - shared) * width;
  return tokensOf(size) * perToken + pairs * perPair;
}

/** Share of the speed of a product alone that a whole step reaches. */
const SPEED_SHARE = 0.75;

/** @param speed multiply-adds per second, of `probeSpeed` */
export function gradientSeconds(decoder: Decoder, { places, ...size }: GradientSize, speed: number): number {
  const head = places * decoder.vocabulary * decoder.hidden;
  return (2 * (layerWork(decoder, size) + head)) / (SPEED_SHARE * speed);
}
