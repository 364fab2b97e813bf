import { bareName } from '../../../../core/checkpoint/tensorIndex';
import type { GateVector } from '../../gates';
import type { Factors } from '../adapters';
import { allSites, type Decoder } from '../decoder';

/** Of one rank of combined adapters. */
interface Rank {
  /** In the adapter's order. */
  readonly module: number;
  /** 0: the adapter; 1: its cut copy. */
  readonly copy: number;
}

/** Between gates of modules and those of ranks. */
export class GateRanks {
  private readonly ranks: readonly Rank[];

  /**
   * @param modules names of the adapter, in its order
   * @param copies what `combine` puts side by side: the adapter, and its cut copy if there is one
   */
  constructor(
    decoder: Pick<Decoder, 'layers'>,
    private readonly modules: readonly string[],
    copies: readonly Factors[],
  ) {
    const numbers = new Map(modules.map((name, at) => [bareName(name), at]));
    this.ranks = allSites(decoder).flatMap((site, index) =>
      site.flatMap(({ name }, at) =>
        copies.flatMap(({ sites }, copy) =>
          new Array<Rank>(sites[index]?.ranks[at] ?? 0).fill({ module: numbers.get(name) ?? -1, copy }),
        ),
      ),
    );
  }

  /** `on` for the adapter's ranks, `off - on` for those of the cut copy. */
  ofRanks({ on, off }: GateVector): Float32Array {
    return Float32Array.from(this.ranks, ({ module, copy }) => {
      const whole = on[module] ?? 0;
      if (copy === 0) return whole;
      return off === undefined ? 0 : (off[module] ?? 0) - whole;
    });
  }

  /** Of modules, from that by the gates of ranks. */
  gradient(byRanks: readonly ArrayLike<number>[], isSplit: boolean): GateVector {
    const on = new Float64Array(this.modules.length);
    const off = new Float64Array(this.modules.length);
    for (const part of byRanks) {
      this.ranks.forEach(({ module, copy }, rank) => {
        const value = part[rank] ?? NaN;
        if (copy === 0) on[module] = (on[module] ?? 0) + value;
        else if (isSplit) {
          on[module] = (on[module] ?? 0) - value;
          off[module] = (off[module] ?? 0) + value;
        }
      });
    }
    return isSplit ? { on, off } : { on };
  }
}
