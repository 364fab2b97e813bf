import { sitesOf, type Decoder, type Layer, type Norm } from '../decoder';
import { INPUT } from '../graph';
import { GraphParts, OPSET, type FindWeight } from '../graphParts';
import { AttentionParts, ROWS } from './attention';
import { declareLoss, LOSS, lossGradient } from './head';
import { Linears, type SiteRanks } from './linear';
import { mlpPart } from './mlp';
import { normPart } from './norm';
import { pipe, residual, rowsPart, type Part } from './part';

/** float [sum of all ranks]: of the loss, by each rank's gate. */
export const GRADIENT = 'gradient';

/**
 * The ONNX model that computes the gradient of a loss by the gates of LoRA ranks (`measure.md`): the layers forward, and
 * once more backward, with what the first way computed. Inputs are those of `INPUT` (ids and positions [1, N]: tokens that
 * all of B rows begin with, then the others of each row; gates [sum of ranks], the same for all rows; no cache), of `ROWS`
 * and of `LOSS`.
 */
export function gradientModel(decoder: Decoder, find: FindWeight, ranks: SiteRanks): Uint8Array {
  const parts = new GraphParts(decoder, find);
  const { graph } = parts;
  graph.input(INPUT.ids, 'int64', [1, 'N']);
  graph.input(INPUT.gates, 'float', ['ranks']);
  declareTokens(parts);
  declareLoss(parts);
  const linears = new Linears(parts, ranks);
  const attention = new AttentionParts(parts, linears);
  let site = 0;
  const layers = decoder.layers.map((layer, index) => {
    // After the last attention, only the tokens that count go on.
    const select = index === decoder.layers.length - 1 ? { select: rowsPart(parts, LOSS.places) } : {};
    const part = layerPart(layer, { parts, linears, attention, site, ...select });
    site += sitesOf(layer).length;
    return part;
  });
  const embedded = parts.embed(INPUT.ids, INPUT.positions);
  const flat = graph.node('Reshape', [embedded, graph.ints(-1, decoder.hidden)]);
  const whole = pipe(...layers)(flat, false);
  whole.back(lossGradient(parts, whole.value));
  graph.nodeTo('Concat', linears.gateGradients(), [GRADIENT], { attributes: { axis: 0 } });
  graph.output(GRADIENT, 'float', ['ranks']);
  return graph.model('gradient', OPSET);
}

/** Where tokens are, and what they see, in the layers of the decoder. */
export function declareTokens({ graph, decoder }: GraphParts): void {
  graph.input(INPUT.positions, 'int64', [1, 'N']);
  for (const [name, { size }] of decoder.ropes) {
    graph.input(INPUT.cosines(name), 'float', ['positions', size / 2]);
    graph.input(INPUT.sines(name), 'float', ['positions', size / 2]);
  }
  graph.input(ROWS.count, 'int64', [1]);
  for (const name of [ROWS.parts, ROWS.spans]) graph.input(name, 'int64', [2]);
  for (const window of new Set(decoder.layers.map(({ attention }) => attention.window))) {
    graph.input(ROWS.leadMask(window), 'float', [1, 1, 'L', 'L']);
    graph.input(INPUT.mask(window), 'float', ['B', 1, 'T', 'seen']);
  }
}

interface LayerOptions {
  readonly parts: GraphParts;
  readonly linears: Linears;
  readonly attention: AttentionParts;
  /** Index of the layer's first site. */
  readonly site: number;
  readonly select?: Part;
}

/** From [N, hidden] to [N, hidden], or to the rows that are selected. */
export function layerPart(
  layer: Layer,
  { parts, linears, attention, site, select = pipe() }: LayerOptions,
): Part {
  const norm = (each: Norm | undefined): Part | undefined =>
    each === undefined ? undefined : normPart(parts, each);
  const attended = pipe(
    norm(layer.beforeAttention),
    attention.part({ attention: layer.attention, firstSite: site, select }),
    norm(layer.afterAttention),
  );
  const widened = pipe(
    norm(layer.beforeMlp),
    mlpPart(parts, linears, layer.mlp, site + 2),
    norm(layer.afterMlp),
  );
  const { residualScale: scale } = parts.decoder;
  return layer.parallel === true
    ? residual(parts, [attended, pipe(select, widened)], { scale, select })
    : pipe(residual(parts, [attended], { scale, select }), residual(parts, [widened], { scale }));
}
