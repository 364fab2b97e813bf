import type { NodeOptions, Value } from '../../../../core/onnx/graph';
import type { Attention, Norm } from '../decoder';
import { INPUT } from '../graph';
import { MICROSOFT, type GraphParts } from '../graphParts';
import type { Linears, TracedSite } from './linear';
import { normPart } from './norm';
import { onceThere, pipe, type Part } from './part';

/**
 * Inputs that say how N tokens are B rows: L that all rows begin with, then T of each row. Attention of the L is that of one
 * row; the others see these and those of their own row.
 */
export const ROWS = {
  /** int64 [1]: B. */
  count: 'rows',
  /** int64 [2]: L, and B x T. */
  parts: 'parts',
  /** int64 [2]: L, and T. */
  spans: 'spans',
  /** float [1, 1, L, L]; that of the rows is `INPUT.mask`: [B, 1, T, L + T]. */
  leadMask: (window: number | undefined) => `lead_${INPUT.mask(window)}`,
} as const;

export interface AttentionOptions {
  readonly attention: Attention;
  /** Index of its first site. */
  readonly firstSite: number;
  /** Selects the rows of the output that are wanted; absent: all. */
  readonly select?: Part;
}

/** q, k and v; `back` takes the gradients by each. */
interface Projected extends Omit<TracedSite, 'values' | 'back'> {
  readonly values: readonly [Value, Value, Value];
  readonly back: (gradients: readonly [Value, Value, Value]) => Value | undefined;
}

/** Attention of each token to those before it, from [N, hidden] to [N, hidden] or to wanted rows; N = L + B x T. */
export class AttentionParts {
  constructor(
    private readonly parts: GraphParts,
    private readonly linears: Linears,
  ) {}

  part({ attention, firstSite, select = pipe() }: AttentionOptions): Part {
    const { heads, kvHeads, qNorm, kNorm, output } = attention;
    return (input, needed) => {
      const projected = this.projections(attention, firstSite, input, needed);
      const [q, k, v] = projected.values;
      const queries = this.prepared(attention, heads, qNorm)(q, projected.needed);
      const keys = this.prepared(attention, kvHeads, kNorm)(k, projected.needed);
      const attended = this.attend(attention, queries.value, keys.value, v);
      const wanted = select(attended.value, projected.needed);
      const site = this.linears.site(firstSite + 1, [output], wanted.value, projected.needed);
      return {
        value: site.values[0] ?? '',
        needed: site.needed,
        back: (gradient) => {
          const byWanted = site.back([gradient]);
          const through = byWanted === undefined ? undefined : wanted.back(byWanted);
          if (through === undefined) return undefined;
          const [dq, dk, dv] = attended.back(through);
          return projected.back([queries.back(dq) ?? '', keys.back(dk) ?? '', dv]);
        },
      };
    };
  }

  /** q, k and v, each [N, heads x head size]. */
  private projections(attention: Attention, index: number, input: Value, needed: boolean): Projected {
    const { projections } = attention;
    if (projections.kind === 'separate') {
      const { q, k, v } = projections;
      const { values, ...site } = this.linears.site(index, [q, k, v], input, needed);
      return { ...site, values: [values[0] ?? '', values[1] ?? '', values[2] ?? ''] };
    }
    const { values, ...site } = this.linears.site(index, [projections.qkv], input, needed);
    const [qkv = ''] = values;
    return projections.order === 'blocks'
      ? this.splitBlocks(attention, qkv, site)
      : this.splitHeads(attention, qkv, site);
  }

  private splitBlocks(
    { heads, kvHeads, headSize }: Attention,
    qkv: Value,
    site: Omit<TracedSite, 'values'>,
  ): Projected {
    const { graph } = this.parts;
    const values: [Value, Value, Value] = [graph.fresh('q'), graph.fresh('k'), graph.fresh('v')];
    const sizes = graph.ints(heads * headSize, kvHeads * headSize, kvHeads * headSize);
    graph.nodeTo('Split', [qkv, sizes], values, { attributes: { axis: 1 } });
    return {
      values,
      needed: site.needed,
      back: (gradients) => site.back([graph.node('Concat', gradients, { attributes: { axis: 1 } })]),
    };
  }

  private splitHeads(
    { heads, headSize }: Attention,
    qkv: Value,
    site: Omit<TracedSite, 'values'>,
  ): Projected {
    const { graph } = this.parts;
    const byHead = (value: Value, size: number): Value =>
      graph.node('Reshape', [value, graph.ints(-1, heads, size)]);
    const flat = (value: Value, size: number): Value =>
      graph.node('Reshape', [value, graph.ints(-1, heads * size)]);
    const [q, k, v] = [graph.fresh('q'), graph.fresh('k'), graph.fresh('v')];
    const sizes = graph.ints(headSize, headSize, headSize);
    graph.nodeTo('Split', [byHead(qkv, 3 * headSize), sizes], [q, k, v], { attributes: { axis: 2 } });
    return {
      values: [flat(q, headSize), flat(k, headSize), flat(v, headSize)],
      needed: site.needed,
      back: (gradients) => {
        const each = gradients.map((gradient) => byHead(gradient, headSize));
        return site.back([flat(graph.node('Concat', each, { attributes: { axis: 2 } }), 3 * headSize)]);
      },
    };
  }

  /** Norm of q or k, then rotation. */
  private prepared(attention: Attention, heads: number, norm: Norm | undefined): Part {
    return pipe(this.headNormed(attention, heads, norm), this.rotated(attention, heads));
  }

  private headNormed({ headSize }: Attention, heads: number, norm: Norm | undefined): Part | undefined {
    const { graph } = this.parts;
    if (norm === undefined) return undefined;
    const part = normPart(this.parts, norm);
    if (norm.size === heads * headSize) return part;
    const byHead = (value: Value): Value => graph.node('Reshape', [value, graph.ints(-1, heads, headSize)]);
    const flat = (value: Value): Value => graph.node('Reshape', [value, graph.ints(-1, heads * headSize)]);
    return (input, needed) => {
      const normed = part(byHead(input), needed);
      return {
        value: flat(normed.value),
        needed,
        back: (gradient) => {
          const through = normed.back(byHead(gradient));
          return through === undefined ? undefined : flat(through);
        },
      };
    };
  }

  /** A rotation is undone by the one in the other direction, which is its transpose. */
  private rotated({ rope, headSize }: Attention, heads: number): Part | undefined {
    const { parts } = this;
    const { graph, decoder } = parts;
    const size = rope === undefined ? undefined : decoder.ropes.get(rope)?.size;
    if (rope === undefined || size === undefined) return undefined;
    const rotate = (value: Value, sines: Value): Value => {
      const rows = graph.node('Reshape', [value, graph.ints(1, -1, heads * headSize)]);
      const rotated = graph.node('RotaryEmbedding', [rows, INPUT.positions, INPUT.cosines(rope), sines], {
        domain: MICROSOFT,
        attributes: { num_heads: heads, ...(size === headSize ? {} : { rotary_embedding_dim: size }) },
      });
      return graph.node('Reshape', [rotated, graph.ints(-1, heads * headSize)]);
    };
    return (input, needed) => ({
      value: rotate(input, INPUT.sines(rope)),
      needed,
      back: (gradient) =>
        rotate(
          gradient,
          parts.once(`sines back ${rope}`, () => graph.node('Neg', [INPUT.sines(rope)])),
        ),
    });
  }

  /** Of the tokens that all rows begin with, and of the rows, one after the other. */
  private attend(
    attention: Attention,
    q: Value,
    k: Value,
    v: Value,
  ): { readonly value: Value; readonly back: (gradient: Value) => readonly [Value, Value, Value] } {
    const [queries, keys, values] = [this.split(q), this.split(k), this.split(v)];
    const window = attention.window;
    const [leadKeys, leadValues] = [keys, values].map(([lead]) => this.byKvHead(attention, LEAD, lead));
    const lead = this.attendTo(attention, {
      queries: this.byHead(attention, LEAD, queries[0]),
      keys: leadKeys ?? '',
      values: leadValues ?? '',
      mask: ROWS.leadMask(window),
    });
    const rows = this.attendTo(attention, {
      queries: this.byHead(attention, REST, queries[1]),
      keys: this.afterLead(leadKeys ?? '', this.byKvHead(attention, REST, keys[1])),
      values: this.afterLead(leadValues ?? '', this.byKvHead(attention, REST, values[1])),
      mask: INPUT.mask(window),
    });
    const joined = (one: Value, other: Value): Value =>
      this.parts.graph.node('Concat', [one, other], { attributes: { axis: 0 } });
    return {
      value: joined(this.fromHeads(attention, lead.value), this.fromHeads(attention, rows.value)),
      back: (gradient) => {
        const [byLead, byRows] = this.split(gradient);
        const own = rows.back(this.byHead(attention, REST, byRows));
        const first = lead.back(this.byHead(attention, LEAD, byLead));
        const byKvHeads = (ofLead: Value, ofRows: Value): Value => {
          const [shared, rest] = this.afterLeadBack(ofRows);
          const sum = this.parts.graph.node('Add', [ofLead, shared]);
          return joined(this.fromKvHeads(attention, sum), this.fromKvHeads(attention, rest));
        };
        return [
          joined(this.fromHeads(attention, first[0]), this.fromHeads(attention, own[0])),
          byKvHeads(first[1], own[1]),
          byKvHeads(first[2], own[2]),
        ];
      },
    };
  }

  /** `o = P v`, `P = softmax(scale q kᵀ + mask)`; heads of a group are rows of one product. */
  private attendTo(
    attention: Attention,
    { queries, keys, values, mask }: AttentionInputs,
  ): { readonly value: Value; readonly back: (gradient: Value) => readonly [Value, Value, Value] } {
    const { shares } = this.shares(attention, queries, keys, mask);
    return {
      value: this.product(shares, values),
      back: (gradient) => {
        const again = this.shares(attention, onceThere(this.parts, queries, gradient), keys, mask);
        const byValues = this.product(again.shares, gradient, { transA: 1 });
        const byShares = this.product(gradient, values, { transB: 1 });
        const byScores = this.scoresBack(attention, { ...again, gradient: byShares });
        const alpha = { float: attention.scale };
        return [
          this.product(byScores, keys, { alpha }),
          this.product(byScores, queries, { transA: 1, alpha }),
          byValues,
        ];
      },
    };
  }

  /** The first L of N tokens, and the others. */
  private split(value: Value): [Value, Value] {
    const { graph } = this.parts;
    const both: [Value, Value] = [graph.fresh('lead'), graph.fresh('rest')];
    graph.nodeTo('Split', [value, ROWS.parts], both, { attributes: { axis: 0 } });
    return both;
  }

  /** [B, kv heads, L + T, head size] of [1, kv heads, L, head size] and [B, kv heads, T, head size]. */
  private afterLead(lead: Value, rest: Value): Value {
    const { graph } = this.parts;
    const repeated = graph.node('Expand', [lead, this.rowsShape(1, 1, 1)]);
    return graph.node('Concat', [repeated, rest], { attributes: { axis: 2 } });
  }

  /** The way back from `afterLead`. */
  private afterLeadBack(gradient: Value): [Value, Value] {
    const { graph } = this.parts;
    const both: [Value, Value] = [graph.fresh('lead'), graph.fresh('rest')];
    graph.nodeTo('Split', [gradient, ROWS.spans], both, { attributes: { axis: 2 } });
    return [graph.node('ReduceSum', [both[0], graph.ints(0)], { attributes: { keepdims: 1 } }), both[1]];
  }

  private product(a: Value, b: Value, attributes: NodeOptions['attributes'] = {}): Value {
    return this.parts.graph.node('FusedMatMul', [a, b], { domain: MICROSOFT, attributes });
  }

  /** Scores before the mask, and their softmax: [B, kv heads, group x T, tokens that are seen]. */
  private shares(attention: Attention, queries: Value, keys: Value, mask: Value): Scores {
    const { parts } = this;
    const { graph } = parts;
    const { heads, kvHeads, scale, softcap } = attention;
    const product = this.product(queries, keys, { transB: 1, alpha: { float: scale } });
    const capped = softcap === undefined ? product : parts.softcapped(product, softcap);
    const [byHead, byGroup] = [graph.ints(0, heads, -1, 0), graph.ints(0, kvHeads, -1, 0)];
    const masked = graph.node('Add', [graph.node('Reshape', [capped, byHead]), mask]);
    const shares = graph.node('Softmax', [masked], { attributes: { axis: 3 } });
    return { capped, shares: graph.node('Reshape', [shares, byGroup]) };
  }

  /** `dS = P (dP - sum(dP P))`, and through the soft cap times `1 - tanh²`. */
  private scoresBack(
    { softcap }: Attention,
    { capped, shares, gradient }: Scores & { readonly gradient: Value },
  ): Value {
    const { graph } = this.parts;
    const products = graph.node('Mul', [gradient, shares]);
    const sums = graph.node('ReduceSum', [products, graph.ints(-1)], { attributes: { keepdims: 1 } });
    const byMasked = graph.node('Sub', [products, graph.node('Mul', [shares, sums])]);
    return softcap === undefined ? byMasked : throughCap(this.parts, { gradient: byMasked, capped, softcap });
  }

  /** [B, kv heads, group x T, head size] of [B x T, heads x head size]. */
  private byHead({ heads, kvHeads, headSize }: Attention, rows: Rows, value: Value): Value {
    const { graph } = this.parts;
    const split = this.unflattened(value, rows, [kvHeads, heads / kvHeads, headSize]);
    const byHead = graph.node('Transpose', [split], { attributes: { perm: [0, 2, 3, 1, 4] } });
    return graph.node('Reshape', [byHead, graph.ints(0, kvHeads, -1, headSize)]);
  }

  /** The way back from `byHead`. */
  private fromHeads({ heads, kvHeads, headSize }: Attention, value: Value): Value {
    const { graph } = this.parts;
    const split = graph.node('Reshape', [value, graph.ints(0, kvHeads, heads / kvHeads, -1, headSize)]);
    const back = graph.node('Transpose', [split], { attributes: { perm: [0, 3, 1, 2, 4] } });
    return graph.node('Reshape', [back, graph.ints(-1, heads * headSize)]);
  }

  /** [B, kv heads, T, head size] of [B x T, kv heads x head size]. */
  private byKvHead({ kvHeads, headSize }: Attention, rows: Rows, value: Value): Value {
    const split = this.unflattened(value, rows, [kvHeads, headSize]);
    return this.parts.graph.node('Transpose', [split], { attributes: { perm: [0, 2, 1, 3] } });
  }

  private fromKvHeads({ kvHeads, headSize }: Attention, value: Value): Value {
    const { graph } = this.parts;
    const back = graph.node('Transpose', [value], { attributes: { perm: [0, 2, 1, 3] } });
    return graph.node('Reshape', [back, graph.ints(-1, kvHeads * headSize)]);
  }

  /** [B, T, ...] of [B x T, product of `sizes`]. */
  private unflattened(value: Value, rows: Rows, sizes: readonly number[]): Value {
    const { graph } = this.parts;
    const shape = rows === LEAD ? graph.ints(1, -1, ...sizes) : this.rowsShape(-1, ...sizes);
    return graph.node('Reshape', [value, shape]);
  }

  /** A shape whose first size is B. */
  private rowsShape(...sizes: readonly number[]): Value {
    const { parts } = this;
    const { graph } = parts;
    return parts.once(`rows ${sizes.join(' ')}`, () =>
      graph.node('Concat', [ROWS.count, graph.ints(...sizes)], { attributes: { axis: 0 } }),
    );
  }
}

/** The tokens that all rows begin with, as one row; or the others of each row. */
const LEAD = 'lead';
const REST = 'rest';
type Rows = typeof LEAD | typeof REST;

/** By heads: [B, kv heads, ..., head size]. */
interface AttentionInputs {
  readonly queries: Value;
  readonly keys: Value;
  readonly values: Value;
  readonly mask: Value;
}

interface Scores {
  readonly capped: Value;
  readonly shares: Value;
}

/** From the gradient by `capped = cap tanh(x / cap)` to that by x. */
export function throughCap(
  { graph }: GraphParts,
  {
    gradient,
    capped,
    softcap,
  }: { readonly gradient: Value; readonly capped: Value; readonly softcap: number },
): Value {
  const tanh = graph.node('Div', [capped, graph.scalar(softcap)]);
  const slope = graph.node('Sub', [graph.scalar(1), graph.node('Mul', [tanh, tanh])]);
  return graph.node('Mul', [gradient, slope]);
}
