import type { Value } from '../../../../core/onnx/graph';
import { INPUT } from '../graph';
import type { Linear, Site } from '../decoder';
import { MICROSOFT, type GraphParts } from '../graphParts';

/** Of an adapter: the ranks of each site's linear layers, 0 where there is no module. */
export type SiteRanks = readonly (readonly number[])[];

/** What a site reads and makes: [N, inputs], with ranks `x A` [N, rank of the site], and [N, outputs] of each layer. */
export interface SiteValues {
  readonly input: Value;
  readonly low?: Value;
  readonly outputs: readonly Value[];
}

export interface TracedSite {
  /** [N, outputs] of each layer. */
  readonly values: readonly Value[];
  readonly needed: boolean;
  /** @param gradients by each of the values */
  readonly back: (gradients: readonly Value[]) => Value | undefined;
}

/**
 * Linear layers with their LoRA parts: `y = x Wᵀ + ((x A) ∘ g) B`. The gradient by a rank's gate is
 * `sum((dy Bᵀ) ∘ (x A))` over all tokens.
 */
export class Linears {
  private readonly siteGates: readonly Value[];
  /** By the gates of each site, as the backward pass comes to it; those of sites without a rank are missing. */
  private readonly gradients = new Map<number, Value>();

  /** @param observe called with the values of each site on the way forward */
  constructor(
    private readonly parts: GraphParts,
    private readonly ranks: SiteRanks,
    private readonly observe: (index: number, values: SiteValues) => void = () => undefined,
  ) {
    const { graph } = parts;
    const widths = ranks.map(total).filter((width) => width > 0);
    const gates = widths.map(() => graph.fresh('gates'));
    if (gates.length > 0)
      graph.nodeTo('Split', [INPUT.gates, graph.ints(...widths)], gates, { attributes: { axis: 0 } });
    let at = 0;
    this.siteGates = ranks.map((site) => (total(site) > 0 ? (gates[at++] ?? '') : ''));
  }

  /** [sum of ranks], once the backward pass is complete. */
  gateGradients(): Value[] {
    return [...this.gradients].sort(([one], [other]) => one - other).map(([, value]) => value);
  }

  /** @param index of the site, in the order of `allSites` */
  site(index: number, site: Site, input: Value, needed: boolean): TracedSite {
    const { graph } = this.parts;
    const ranks = this.ranks[index] ?? [];
    const width = total(ranks);
    if (width === 0) {
      const values = site.map((linear) => this.product(linear, input));
      this.observe(index, { input, outputs: values });
      return {
        values,
        needed,
        back: (gradients) => (needed ? this.inputGradient(site, gradients) : undefined),
      };
    }
    const gates = this.siteGates[index] ?? '';
    const a = graph.input(INPUT.a(index), 'float', [site[0]?.inputs ?? 0, width]);
    const b = site.map(({ outputs }, at) => {
      const rank = ranks[at] ?? 0;
      return rank === 0 ? undefined : graph.input(INPUT.b(index, at), 'float', [rank, outputs]);
    });
    const low = graph.node('MatMul', [input, a]);
    const lows = this.split(graph.node('Mul', [low, gates]), ranks);
    const values = site.map((linear, at) => this.adapted(linear, input, lows[at], b[at]));
    this.observe(index, { input, low, outputs: values });
    return {
      values,
      needed: true,
      back: (gradients) => {
        const high = this.lowGradient(gradients, b);
        const products = graph.node('Mul', [high, low]);
        const sum = graph.node('ReduceSum', [products, graph.ints(0)], { attributes: { keepdims: 0 } });
        this.gradients.set(index, sum);
        if (!needed) return undefined;
        const byLow = this.multiplied(graph.node('Mul', [high, gates]), a, 1);
        return graph.node('Add', [this.inputGradient(site, gradients), byLow]);
      },
    };
  }

  /** `x Wᵀ + bias`. */
  private product(linear: Linear, input: Value): Value {
    const { parts } = this;
    const weight = parts.linearWeight(linear);
    const transB = linear.conv1d === true ? 0 : 1;
    if (!linear.bias) return this.multiplied(input, weight, transB);
    const bias = parts.weight(`${linear.name}.bias`, [linear.outputs]);
    return parts.graph.node('Gemm', [input, weight, bias], { attributes: { transB } });
  }

  private adapted(linear: Linear, input: Value, low: Value | undefined, b: Value | undefined): Value {
    const { graph } = this.parts;
    const product = this.product(linear, input);
    return low === undefined || b === undefined
      ? product
      : graph.node('Add', [product, graph.node('MatMul', [low, b])]);
  }

  /** `x A` of each layer; undefined where it has no rank. */
  private split(low: Value, ranks: readonly number[]): (Value | undefined)[] {
    const { graph } = this.parts;
    const used = ranks.filter((rank) => rank > 0);
    if (used.length === 1) return ranks.map((rank) => (rank > 0 ? low : undefined));
    const lows = ranks.map((rank) => (rank > 0 ? graph.fresh('low') : undefined));
    graph.nodeTo(
      'Split',
      [low, graph.ints(...used)],
      lows.filter((each) => each !== undefined),
      { attributes: { axis: 1 } },
    );
    return lows;
  }

  /** `dy Bᵀ` of all layers side by side: [N, rank of the site]. */
  private lowGradient(gradients: readonly Value[], b: readonly (Value | undefined)[]): Value {
    const { graph } = this.parts;
    const highs = b.flatMap((factor, at) =>
      factor === undefined ? [] : [this.multiplied(gradients[at] ?? '', factor, 1)],
    );
    const [only = ''] = highs;
    return highs.length === 1 ? only : graph.node('Concat', highs, { attributes: { axis: 1 } });
  }

  /** `sum(dy W)` over the layers; adding products up is faster than `Gemm`, which copies what it adds to. */
  private inputGradient(site: Site, gradients: readonly Value[]): Value {
    const { parts } = this;
    const products = site.map((linear, at) =>
      this.multiplied(gradients[at] ?? '', parts.linearWeight(linear), linear.conv1d === true ? 1 : 0),
    );
    return products.reduce((sum, product) => parts.graph.node('Add', [sum, product]));
  }

  private multiplied(a: Value, b: Value, transB: 0 | 1): Value {
    return this.parts.graph.node('FusedMatMul', [a, b], { domain: MICROSOFT, attributes: { transB } });
  }
}

const total = (ranks: readonly number[]): number => ranks.reduce((sum, rank) => sum + rank, 0);
