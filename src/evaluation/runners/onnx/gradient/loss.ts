import type { LossTerm, TermResult } from '../../gates';
import type { Sequence } from './sequence';

/** Targets of a row: where they are predicted, and by which weights they count. */
interface Targets {
  readonly sequence: Sequence;
  readonly places: readonly number[];
  readonly ids: readonly number[];
}

/** A term whose rows lie in sequences. */
export type PlacedTerm =
  | { readonly kind: 'likelihood'; readonly term: LikelihoodTerm; readonly row: Targets }
  | {
      readonly kind: 'margin';
      readonly term: MarginTerm;
      readonly preferred: Targets;
      readonly other: Targets;
    };

type LikelihoodTerm = Extract<LossTerm, { kind: 'likelihood' }>;
type MarginTerm = Extract<LossTerm, { kind: 'margin' }>;

/** The loss of a batch as numbers; P positions that count, Q targets, G margins. */
export interface LossArrays {
  /** Which of the batch's tokens count. */
  readonly places: readonly number[];
  /** Of each target: which of the places, and its id. */
  readonly picked: readonly (readonly [place: number, id: number])[];
  readonly weights: Float32Array;
  /** [G, Q]. */
  readonly margins: Float32Array;
  readonly thresholds: Float32Array;
  readonly marginWeights: Float32Array;
}

/** @param numberOf the number in the batch of a sequence's token */
export function lossArrays(
  terms: readonly PlacedTerm[],
  numberOf: (sequence: Sequence, place: number) => number,
): LossArrays {
  const parts = terms.flatMap((term) => (term.kind === 'margin' ? [term.preferred, term.other] : [term.row]));
  const places = new Map<number, number>();
  const picked = parts.flatMap(({ sequence, places: own, ids }) =>
    own.map((place, at): readonly [number, number] => {
      const token = numberOf(sequence, place);
      const known = places.get(token) ?? places.size;
      places.set(token, known);
      return [known, ids[at] ?? 0];
    }),
  );
  return { places: [...places.keys()], picked, ...weightsOf(terms, picked.length) };
}

function weightsOf(terms: readonly PlacedTerm[], targets: number): Omit<LossArrays, 'places' | 'picked'> {
  const margins = terms.filter((term) => term.kind === 'margin');
  // One that counts nothing: a product over no margin is not what every version computes.
  const count = Math.max(1, margins.length);
  const weights = new Float32Array(targets);
  const factors = new Float32Array(count * targets);
  let at = 0;
  let margin = 0;
  for (const term of terms) {
    if (term.kind === 'likelihood') {
      const { length } = term.row.ids;
      weights.fill(term.term.weight, at, at + length);
      at += length;
      continue;
    }
    const start = margin * targets + at;
    const [own, others] = [term.preferred.ids.length, term.other.ids.length];
    factors.fill(1 / own, start, start + own);
    factors.fill(-1 / others, start + own, start + own + others);
    at += own + others;
    margin++;
  }
  const filled = (value: (term: MarginTerm) => number): Float32Array => {
    const all = new Float32Array(count);
    margins.forEach(({ term }, index) => (all[index] = value(term)));
    return all;
  };
  return {
    weights,
    margins: factors,
    thresholds: filled(({ threshold }) => threshold),
    marginWeights: filled(({ weight }) => weight),
  };
}

/** @param logProbabilities of all targets, in the order of `picked` */
export function termResults(terms: readonly PlacedTerm[], logProbabilities: Float32Array): TermResult[] {
  let at = 0;
  const next = ({ ids }: Targets): number[] => {
    const own = Array.from(logProbabilities.subarray(at, at + ids.length));
    at += ids.length;
    return own;
  };
  return terms.map((term) => {
    if (term.kind === 'likelihood') {
      const own = next(term.row);
      return { kind: 'likelihood', logProbabilities: own, loss: -term.term.weight * sum(own) };
    }
    const preferred = next(term.preferred);
    const other = next(term.other);
    const margin = sum(preferred) / preferred.length - sum(other) / other.length;
    const { weight, threshold } = term.term;
    return { kind: 'margin', preferred, other, margin, loss: weight * softplus(threshold - margin) };
  });
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

const softplus = (value: number): number => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
