import type { Value } from '../../../core/onnx/graph';
import {
  sitesOf,
  type Attention,
  type Decoder,
  type Layer,
  type Linear,
  type Mlp,
  type Norm,
} from './decoder';
import { GraphParts, MICROSOFT, OPSET, type FindWeight } from './graphParts';

/** Names of inputs and outputs. Shapes: B rows, T tokens of each, P positions that count, Q scored ones. */
export const INPUT = {
  /** int32 [B, T]. */
  ids: 'ids',
  /** int32 [B, T]. */
  positions: 'positions',
  /** int64 [2]: positions of the cache, and T. */
  spans: 'spans',
  /** float [B, 1, T, past + T]: 0 where a token sees another, else so low that it counts nothing. */
  mask: (window: number | undefined) => (window === undefined ? 'mask' : `mask_${window}`),
  /** int32 [P]: which of the B x T tokens count. */
  rows: 'rows',
  /** int32 [Q]: which of the P are scored. */
  scored: 'scored',
  /** int32 [Q]: the token whose log-probability is wanted. */
  targets: 'targets',
  /** float [B, 1, sum of all ranks]: what each row's `x Aᵀ` is multiplied by; modules one after the other. */
  gates: 'gates',
  /** int64 [sites]: the rank of each site. */
  siteRanks: 'site_ranks',
  cosines: (rope: string) => `cosines_${rope}`,
  sines: (rope: string) => `sines_${rope}`,
  /** float [inputs, rank of the site]. */
  a: (site: number) => `a_${site}`,
  /** int64 [modules of the site]: the rank of each. */
  ranks: (site: number) => `ranks_${site}`,
  /** float [rank, outputs]. */
  b: (site: number, module: number) => `b_${site}_${module}`,
  pastKey: (layer: number) => `past_key_${layer}`,
  pastValue: (layer: number) => `past_value_${layer}`,
} as const;

export const OUTPUT = {
  /** int32 [P]: the most probable next token. */
  next: 'next',
  /** float [P]: of the logits; not finite if one of them is not. */
  sums: 'sums',
  /** float [Q]: of `targets`. */
  logProbabilities: 'log_probabilities',
  newKey: (layer: number) => `new_key_${layer}`,
  newValue: (layer: number) => `new_value_${layer}`,
} as const;

/** float [P, vocabulary]; an output only where it is asked for, since it is copied out of each run. */
export const LOGITS = 'logits';

export interface GraphOptions {
  readonly logits?: boolean;
}

/** The ONNX model of a decoder: weights by reference, LoRA factors, gates and the key-value cache as inputs. */
export function decoderModel(decoder: Decoder, find: FindWeight, options: GraphOptions = {}): Uint8Array {
  return new DecoderGraph(decoder, find).build(options);
}

class DecoderGraph extends GraphParts {
  private readonly siteGates: Value[] = [];
  private site = 0;

  build({ logits = false }: GraphOptions): Uint8Array {
    const { graph, decoder } = this;
    this.declareInputs();
    let hidden = this.embed(INPUT.ids, INPUT.positions);
    decoder.layers.forEach((layer, index) => (hidden = this.layer(layer, index, hidden)));
    this.head(hidden, logits);
    return graph.model('decoder', OPSET);
  }

  private declareInputs(): void {
    const { graph, decoder } = this;
    for (const name of [INPUT.ids, INPUT.positions]) graph.input(name, 'int32', ['B', 'T']);
    graph.input(INPUT.spans, 'int64', [2]);
    graph.input(INPUT.rows, 'int32', ['P']);
    for (const name of [INPUT.scored, INPUT.targets]) graph.input(name, 'int32', ['Q']);
    for (const [name, { size }] of decoder.ropes) {
      graph.input(INPUT.cosines(name), 'float', ['positions', size / 2]);
      graph.input(INPUT.sines(name), 'float', ['positions', size / 2]);
    }
    const sites = decoder.layers.flatMap(sitesOf);
    graph.input(INPUT.gates, 'float', ['B', 1, 'ranks']);
    graph.input(INPUT.siteRanks, 'int64', [sites.length]);
    for (const _site of sites) this.siteGates.push(graph.fresh('gate'));
    graph.nodeTo('Split', [INPUT.gates, INPUT.siteRanks], this.siteGates, { attributes: { axis: 2 } });
  }

  private layer(layer: Layer, index: number, input: Value): Value {
    const { beforeAttention, afterAttention, beforeMlp, afterMlp } = layer;
    const attended = this.attention(layer.attention, index, this.normed(beforeAttention, input));
    const first = this.normed(afterAttention, attended);
    const between = layer.parallel === true ? input : this.add(input, first);
    const second = this.normed(afterMlp, this.mlp(layer.mlp, this.normed(beforeMlp, between)));
    return layer.parallel === true ? this.add(this.add(input, first), second) : this.add(between, second);
  }

  private add(residual: Value, value: Value): Value {
    const { residualScale } = this.decoder;
    const { graph } = this;
    const scaled = residualScale === 1 ? value : graph.node('Mul', [value, graph.scalar(residualScale)]);
    return graph.node('Add', [residual, scaled]);
  }

  private normed(norm: Norm | undefined, value: Value): Value {
    if (norm === undefined) return value;
    const { graph } = this;
    const { name, size, epsilon, kind } = norm;
    const weight = this.normWeight(norm);
    const attributes = { axis: -1, epsilon: { float: epsilon } };
    if (kind === 'rms') return graph.node('SimplifiedLayerNormalization', [value, weight], { attributes });
    const bias = this.weight(`${name}.bias`, [size]);
    return graph.node('LayerNormalization', [value, weight, bias], { attributes });
  }

  private attention(attention: Attention, index: number, input: Value): Value {
    const { heads, kvHeads, headSize, output } = attention;
    const [query, key, value] = this.projections(attention, input);
    const q = this.rotated(attention, heads, this.headNormed(attention.qNorm, heads, headSize, query));
    const k = this.rotated(attention, kvHeads, this.headNormed(attention.kNorm, kvHeads, headSize, key));
    const attended = this.attend(attention, index, [q, k, value]);
    return this.linears([output], attended)[0] ?? attended;
  }

  /**
   * Attention over the cache and over the new tokens. The cache is an input only, since the Node binding copies every
   * output of a run; the new keys and values are the outputs. Heads of a group are rows of one product.
   */
  private attend(attention: Attention, index: number, [q, k, v]: readonly [Value, Value, Value]): Value {
    const { graph } = this;
    const { heads, kvHeads, headSize, scale } = attention;
    const group = heads / kvHeads;
    const past = ['B', kvHeads, 'past', headSize];
    const [pastKeys, pastValues] = [
      graph.input(INPUT.pastKey(index), 'float', past),
      graph.input(INPUT.pastValue(index), 'float', past),
    ];
    const keys = this.newByHead(OUTPUT.newKey(index), attention, k);
    const values = this.newByHead(OUTPUT.newValue(index), attention, v);
    const grouped = graph.node('Reshape', [q, graph.ints(0, 0, kvHeads, group, headSize)]);
    const byHead = graph.node('Transpose', [grouped], { attributes: { perm: [0, 2, 3, 1, 4] } });
    const queries = graph.node('Reshape', [byHead, graph.ints(0, kvHeads, -1, headSize)]);
    const scores = [pastKeys, keys].map((each) =>
      graph.node('FusedMatMul', [queries, each], {
        domain: MICROSOFT,
        attributes: { transB: 1, alpha: { float: scale } },
      }),
    );
    const all = graph.node('Concat', scores, { attributes: { axis: 3 } });
    const shares = this.shares(attention, all);
    const parts: [Value, Value] = [graph.fresh('past'), graph.fresh('new')];
    graph.nodeTo('Split', [shares, INPUT.spans], parts, { attributes: { axis: 3 } });
    const attended = graph.node('Add', [
      graph.node('MatMul', [parts[0], pastValues]),
      graph.node('MatMul', [parts[1], values]),
    ]);
    const split = graph.node('Reshape', [attended, graph.ints(0, kvHeads, group, -1, headSize)]);
    const back = graph.node('Transpose', [split], { attributes: { perm: [0, 3, 1, 2, 4] } });
    return graph.node('Reshape', [back, graph.ints(0, 0, heads * headSize)]);
  }

  /** [B, kv heads, T, head size], an output. */
  private newByHead(output: Value, { kvHeads, headSize }: Attention, value: Value): Value {
    const { graph } = this;
    const split = graph.node('Reshape', [value, graph.ints(0, 0, kvHeads, headSize)]);
    graph.nodeTo('Transpose', [split], [output], { attributes: { perm: [0, 2, 1, 3] } });
    graph.output(output, 'float', ['B', kvHeads, 'T', headSize]);
    return output;
  }

  /** Softmax of [B, kv heads, group x T, past + T], where what a token must not see counts nothing. */
  private shares({ heads, kvHeads, softcap, window }: Attention, scores: Value): Value {
    const { graph } = this;
    const capped = softcap === undefined ? scores : this.softcapped(scores, softcap);
    const length = this.once('token count', () =>
      graph.node('Slice', [graph.node('Shape', [INPUT.ids]), graph.ints(1), graph.ints(2)]),
    );
    const shape = this.once(`shape ${heads}`, () =>
      graph.node('Concat', [graph.ints(0, heads), length, graph.ints(-1)], { attributes: { axis: 0 } }),
    );
    const name = INPUT.mask(window);
    const mask = this.once(name, () => graph.input(name, 'float', ['B', 1, 'T', 'seen']));
    const masked = graph.node('Add', [graph.node('Reshape', [capped, shape]), mask]);
    const shares = graph.node('Softmax', [masked], { attributes: { axis: 3 } });
    const flat = this.once(`flat ${kvHeads}`, () =>
      graph.node('Concat', [graph.ints(0, kvHeads, -1), this.seen()], { attributes: { axis: 0 } }),
    );
    return graph.node('Reshape', [shares, flat]);
  }

  /** int64 [1]: past and new tokens. */
  private seen(): Value {
    return this.once('seen', () =>
      this.graph.node('ReduceSum', [INPUT.spans], { attributes: { keepdims: 1 } }),
    );
  }

  /** q, k and v, each [B, T, heads x head size]. */
  private projections(attention: Attention, input: Value): [Value, Value, Value] {
    const { projections, heads, kvHeads, headSize } = attention;
    if (projections.kind === 'separate') {
      const [q = '', k = '', v = ''] = this.linears([projections.q, projections.k, projections.v], input);
      return [q, k, v];
    }
    const { graph } = this;
    const [qkv = ''] = this.linears([projections.qkv], input);
    const parts: [Value, Value, Value] = [graph.fresh('q'), graph.fresh('k'), graph.fresh('v')];
    if (projections.order === 'blocks') {
      const sizes = graph.ints(heads * headSize, kvHeads * headSize, kvHeads * headSize);
      graph.nodeTo('Split', [qkv, sizes], parts, { attributes: { axis: 2 } });
      return parts;
    }
    const byHead = graph.node('Reshape', [qkv, graph.ints(0, 0, heads, 3 * headSize)]);
    const sizes = graph.ints(headSize, headSize, headSize);
    graph.nodeTo('Split', [byHead, sizes], parts, { attributes: { axis: 3 } });
    const flat = (part: Value): Value => graph.node('Reshape', [part, graph.ints(0, 0, heads * headSize)]);
    return [flat(parts[0]), flat(parts[1]), flat(parts[2])];
  }

  private headNormed(norm: Norm | undefined, heads: number, headSize: number, value: Value): Value {
    if (norm === undefined || norm.size === heads * headSize) return this.normed(norm, value);
    const { graph } = this;
    const byHead = graph.node('Reshape', [value, graph.ints(0, 0, heads, headSize)]);
    return graph.node('Reshape', [this.normed(norm, byHead), graph.ints(0, 0, heads * headSize)]);
  }

  private rotated({ rope, headSize }: Attention, heads: number, value: Value): Value {
    const size = rope === undefined ? undefined : this.decoder.ropes.get(rope)?.size;
    if (rope === undefined || size === undefined) return value;
    return this.graph.node(
      'RotaryEmbedding',
      [value, this.longPositions(), INPUT.cosines(rope), INPUT.sines(rope)],
      {
        domain: MICROSOFT,
        attributes: { num_heads: heads, ...(size === headSize ? {} : { rotary_embedding_dim: size }) },
      },
    );
  }

  private longPositions(): Value {
    return this.once('positions', () =>
      this.graph.node('Cast', [INPUT.positions], { attributes: { to: 7 } }),
    );
  }

  private mlp(mlp: Mlp, input: Value): Value {
    const { graph } = this;
    const wide = this.mlpWide(mlp, input);
    return this.linears([mlp.down], wide)[0] ?? graph.fresh('never');
  }

  private mlpWide(mlp: Mlp, input: Value): Value {
    const { graph } = this;
    if (mlp.kind === 'plain') {
      const [up = ''] = this.linears([mlp.up], input);
      return this.activated(mlp.activation, up);
    }
    if (mlp.kind === 'gated') {
      const [gate = '', up = ''] = this.linears([mlp.gate, mlp.up], input);
      return graph.node('Mul', [this.activated(mlp.activation, gate), up]);
    }
    const [both = ''] = this.linears([mlp.gateUp], input);
    const [gate, up] = [graph.fresh('gate'), graph.fresh('up')];
    graph.nodeTo('Split', [both], [gate, up], { attributes: { axis: 2, num_outputs: 2 } });
    return graph.node('Mul', [this.activated(mlp.activation, gate), up]);
  }

  /** The outputs of a site's layers, with their LoRA parts. */
  private linears(site: readonly Linear[], input: Value): Value[] {
    const { graph } = this;
    const index = this.site++;
    const [first] = site;
    const a = graph.input(INPUT.a(index), 'float', [first?.inputs ?? 0, `rank_${index}`]);
    const low = graph.node('Mul', [graph.node('MatMul', [input, a]), this.siteGates[index] ?? '']);
    const lows = site.map(() => graph.fresh('low'));
    if (site.length === 1) lows.fill(low);
    else {
      const ranks = graph.input(INPUT.ranks(index), 'int64', [site.length]);
      graph.nodeTo('Split', [low, ranks], lows, { attributes: { axis: 2 } });
    }
    return site.map((linear, at) => {
      const b = graph.input(INPUT.b(index, at), 'float', [`rank_${index}_${at}`, linear.outputs]);
      return graph.node('Add', [this.linear(linear, input), graph.node('MatMul', [lows[at] ?? '', b])]);
    });
  }

  private linear(linear: Linear, input: Value): Value {
    const { graph } = this;
    const { name, inputs, outputs, bias } = linear;
    const product =
      linear.conv1d === true
        ? graph.node('MatMul', [input, this.linearWeight(linear)])
        : this.product(input, `${name}.weight`, [outputs, inputs]);
    if (!bias) return product;
    return graph.node('Add', [product, this.weight(`${name}.bias`, [outputs])]);
  }

  private head(hidden: Value, wanted: boolean): void {
    const { graph, decoder } = this;
    const { head, vocabulary } = decoder;
    const flat = graph.node('Reshape', [hidden, graph.ints(-1, decoder.hidden)]);
    const rows = this.normed(decoder.finalNorm, graph.node('Gather', [flat, INPUT.rows]));
    const product = this.product(rows, `${head.name}.weight`, [vocabulary, decoder.hidden], head.scale);
    const logits = wanted ? LOGITS : graph.fresh(LOGITS);
    graph.nodeTo('Identity', [this.capped(this.headBiased(product))], [logits]);
    if (wanted) graph.output(LOGITS, 'float', ['P', vocabulary]);
    const best = graph.node('ArgMax', [logits], { attributes: { axis: 1, keepdims: 0 } });
    graph.nodeTo('Cast', [best], [OUTPUT.next], { attributes: { to: 6 } });
    graph.output(OUTPUT.next, 'int32', ['P']);
    graph.nodeTo('ReduceSum', [logits, graph.ints(1)], [OUTPUT.sums], { attributes: { keepdims: 0 } });
    graph.output(OUTPUT.sums, 'float', ['P']);
    this.scores(logits);
  }

  private headBiased(product: Value): Value {
    const { head, vocabulary } = this.decoder;
    if (!head.bias) return product;
    return this.graph.node('Add', [product, this.weight(`${head.name}.bias`, [vocabulary])]);
  }

  private capped(logits: Value): Value {
    const { softcap } = this.decoder.head;
    return softcap === undefined ? logits : this.softcapped(logits, softcap);
  }

  private scores(logits: Value): void {
    const { graph } = this;
    const scored = graph.node('Gather', [logits, INPUT.scored]);
    const all = graph.node('LogSoftmax', [scored], { attributes: { axis: 1 } });
    const targets = graph.node('Unsqueeze', [INPUT.targets, graph.ints(1)]);
    const chosen = graph.node('GatherElements', [all, targets], { attributes: { axis: 1 } });
    graph.nodeTo('Squeeze', [chosen, graph.ints(1)], [OUTPUT.logProbabilities]);
    graph.output(OUTPUT.logProbabilities, 'float', ['Q']);
  }
}
