import type { Factors, SiteFactors } from './adapters';

/** Several adapters as one of the sum of their ranks. */
export interface Combined {
  readonly factors: Factors;
  /** Of each adapter: 1 for each rank that is its own, 0 for others. */
  readonly masks: readonly Float32Array[];
}

/**
 * Puts adapters side by side, module by module, so that rows with different ones share a batch: what a row must not get
 * is multiplied by 0. Each adapter has the same sites.
 */
export function combine(all: readonly Factors[]): Combined {
  const [only] = all;
  const rank = all.reduce((sum, factors) => sum + factors.rank, 0);
  if (only !== undefined && all.length === 1)
    return { factors: only, masks: [new Float32Array(rank).fill(1)] };
  const masks = all.map(() => new Float32Array(rank));
  const sites: SiteFactors[] = [];
  let start = 0;
  for (let index = 0; index < (only?.sites.length ?? 0); index++) {
    const parts = all.map(({ sites: own }) => own[index] ?? NO_SITE);
    sites.push(combineSite(parts));
    start = markRanks(parts, masks, start);
  }
  const sum = (of: (factors: Factors) => number): number =>
    all.reduce((total, factors) => total + of(factors), 0);
  return {
    factors: {
      sites,
      rank,
      bytes: sum(({ bytes }) => bytes),
      multiplyAdds: sum((each) => each.multiplyAdds),
      notes: all.flatMap(({ notes }) => notes),
    },
    masks,
  };
}

const NO_SITE: SiteFactors = { ranks: [], a: new Float32Array(), b: [] };

const total = (ranks: readonly number[]): number => ranks.reduce((sum, rank) => sum + rank, 0);

/** Ones where a rank is an adapter's own. @returns the first rank of the next site */
function markRanks(parts: readonly SiteFactors[], masks: readonly Float32Array[], start: number): number {
  let at = start;
  for (let module = 0; module < (parts[0]?.ranks.length ?? 0); module++) {
    parts.forEach(({ ranks }, adapter) => {
      const rank = ranks[module] ?? 0;
      masks[adapter]?.fill(1, at, at + rank);
      at += rank;
    });
  }
  return at;
}

function combineSite(parts: readonly SiteFactors[]): SiteFactors {
  const modules = parts[0]?.ranks.length ?? 0;
  const ranks = Array.from({ length: modules }, (_, module) =>
    total(parts.map((part) => part.ranks[module] ?? 0)),
  );
  const b = ranks.map((_, module) => concatenate(parts.map((part) => part.b[module] ?? new Float32Array())));
  return { ranks, a: combineA(parts, total(ranks)), b };
}

/** Columns of a module, adapter after adapter, then those of the next module. */
function combineA(parts: readonly SiteFactors[], width: number): Float32Array {
  const some = parts.find(({ ranks }) => total(ranks) > 0);
  const inputs = some === undefined ? 0 : some.a.length / total(some.ranks);
  const a = new Float32Array(inputs * width);
  let column = 0;
  for (let module = 0; module < (parts[0]?.ranks.length ?? 0); module++) {
    for (const { ranks, a: from } of parts) {
      const rank = ranks[module] ?? 0;
      const own = total(ranks);
      const first = total(ranks.slice(0, module));
      for (let row = 0; row < inputs && rank > 0; row++)
        a.set(from.subarray(row * own + first, row * own + first + rank), row * width + column);
      column += rank;
    }
  }
  return a;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(total(parts.map(({ length }) => length)));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * Which adapters share a batch: one after the other as long as all of them together add at most `most` multiply-adds to
 * each token, since every row of the batch pays for all.
 */
export function shareBatches<T extends { readonly multiplyAdds: number }>(
  all: readonly T[],
  most: number,
): T[][] {
  const groups: T[][] = [];
  let sum = Infinity;
  for (const each of [...all].sort((a, b) => a.multiplyAdds - b.multiplyAdds)) {
    sum += each.multiplyAdds;
    const group = groups.at(-1);
    if (group === undefined || sum > most) {
      groups.push([each]);
      sum = each.multiplyAdds;
    } else group.push(each);
  }
  return groups;
}
