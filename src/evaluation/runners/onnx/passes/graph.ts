import type { Value } from '../../../../core/onnx/graph';
import type { PassKind } from '../../../../core/passes';
import type { Decoder } from '../decoder';
import { AttentionParts } from '../gradient/attention';
import { declareTokens, layerPart } from '../gradient/graph';
import { Linears, type SiteRanks, type SiteValues } from '../gradient/linear';
import { INPUT } from '../graph';
import { GraphParts, MICROSOFT, OPSET, type FindWeight } from '../graphParts';

/** Beside `INPUT` and `ROWS`. */
export const LAYER = {
  /** float [N, hidden]: what the layer reads, and what it makes of it. */
  input: 'hidden',
  output: 'next_hidden',
  /** float [N, 1]: 1 for a token that counts, else 0. */
  counted: 'counted',
  /** float [inputs]: sums of the squares of what a site reads. */
  inputs: (site: number) => `inputs_${site}`,
  /** float [rank of the site]: the same of `x A`. */
  low: (site: number) => `low_${site}`,
  /** float [inputs, inputs]: sum of `x xᵀ`. */
  gram: (site: number) => `gram_${site}`,
  /** float [N, outputs] of a site's layer. */
  outputs: (site: number, linear: number) => `outputs_${site}_${linear}`,
} as const;

/** The ONNX model that looks up tokens: `INPUT.ids` and `INPUT.positions` [1, N] to `LAYER.output`. */
export function embeddingModel(decoder: Decoder, find: FindWeight): Uint8Array {
  const parts = new GraphParts(decoder, find);
  const { graph } = parts;
  for (const name of [INPUT.ids, INPUT.positions]) graph.input(name, 'int64', [1, 'N']);
  const embedded = parts.embed(INPUT.ids, INPUT.positions);
  graph.nodeTo('Reshape', [embedded, graph.ints(-1, decoder.hidden)], [LAYER.output]);
  graph.output(LAYER.output, 'float', ['N', decoder.hidden]);
  return graph.model('embedding', OPSET);
}

/** What a pass wants: a sum over the tokens that count, or a row of each. */
export interface LayerOutput {
  readonly name: string;
  readonly isRows: boolean;
}

export interface LayerOptions {
  /** Of each site of the layer. */
  readonly ranks: SiteRanks;
  readonly pass: PassKind;
  /** Sites of which something is wanted, by their number in the layer. */
  readonly sites: ReadonlySet<number>;
}

/**
 * The ONNX model of one layer, and its outputs with what a pass wants: a stack of layers is never in memory at once.
 * @param decoder with this layer alone
 */
export function layerModel(
  decoder: Decoder,
  find: FindWeight,
  { ranks, pass, sites }: LayerOptions,
): { readonly model: Uint8Array; readonly outputs: readonly LayerOutput[] } {
  const parts = new GraphParts(decoder, find);
  const { graph } = parts;
  graph.input(LAYER.input, 'float', ['N', decoder.hidden]);
  graph.input(LAYER.counted, 'float', ['N', 1]);
  if (ranks.some((site) => site.some((rank) => rank > 0))) graph.input(INPUT.gates, 'float', ['ranks']);
  declareTokens(parts);
  const outputs: LayerOutput[] = [];
  const linears = new Linears(parts, ranks, (site, values) => {
    if (sites.has(site)) for (const output of RECORDERS[pass](parts, site, values)) outputs.push(output);
  });
  const attention = new AttentionParts(parts, linears);
  const [layer] = decoder.layers;
  if (layer === undefined) throw new Error('there is a layer');
  const { value } = layerPart(layer, { parts, linears, attention, site: 0 })(LAYER.input, false);
  graph.nodeTo('Identity', [value], [LAYER.output]);
  graph.output(LAYER.output, 'float', ['N', decoder.hidden]);
  return { model: graph.model('layer', OPSET), outputs };
}

type Recorder = (parts: GraphParts, site: number, values: SiteValues) => readonly LayerOutput[];

const RECORDERS: Readonly<Record<PassKind, Recorder>> = {
  activations: (parts, site, { input, low }) => [
    sumSquares(parts, input, LAYER.inputs(site)),
    ...(low === undefined ? [] : [sumSquares(parts, low, LAYER.low(site))]),
  ],
  hessian: ({ graph }, site, { input }) => {
    const name = LAYER.gram(site);
    const counted = graph.node('Mul', [input, LAYER.counted]);
    graph.nodeTo('FusedMatMul', [counted, input], [name], { domain: MICROSOFT, attributes: { transA: 1 } });
    graph.output(name, 'float', ['columns', 'columns']);
    return [{ name, isRows: false }];
  },
  outputs: ({ graph }, site, { outputs }) =>
    outputs.map((value, linear) => {
      const name = LAYER.outputs(site, linear);
      graph.nodeTo('Identity', [value], [name]);
      graph.output(name, 'float', ['N', 'columns']);
      return { name, isRows: true };
    }),
};

/** Of the rows that count, by column. */
function sumSquares({ graph }: GraphParts, value: Value, name: string): LayerOutput {
  const squares = graph.node('Mul', [graph.node('Mul', [value, value]), LAYER.counted]);
  graph.nodeTo('ReduceSum', [squares, graph.ints(0)], [name], { attributes: { keepdims: 0 } });
  graph.output(name, 'float', ['columns']);
  return { name, isRows: false };
}
