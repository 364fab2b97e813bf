import type { TermResult } from '../../gates';
import type { Factors } from '../adapters';
import { allSites, type Decoder } from '../decoder';
import { INPUT, OUTPUT } from '../graph';
import type { OrtSession, Tensor } from '../ort';
import { RopeFeeds } from '../ropeFeeds';
import { ROWS } from './attention';
import { GRADIENT } from './graph';
import { Layout } from './layout';
import { LOSS } from './head';
import { lossArrays, termResults, type LossArrays, type PlacedTerm } from './loss';
import type { Sequence } from './sequence';

/** Sequences that are computed together, and the terms of the loss that lie in them. */
export interface GradientBatch {
  readonly sequences: readonly Sequence[];
  /** Tokens that all of them begin with, computed once. */
  readonly shared: number;
  readonly terms: readonly PlacedTerm[];
}

export interface BatchGradient {
  readonly results: readonly TermResult[];
  /** By the gate of each rank. */
  readonly gradient: Float32Array;
}

/** Runs the graph of `gradientModel`. */
export class GradientMachine {
  private readonly ropes: RopeFeeds;
  private readonly windows: ReadonlySet<number | undefined>;

  /** @param factors the feeds of the adapter's factors */
  constructor(
    private readonly session: OrtSession,
    decoder: Decoder,
    private readonly factors: Readonly<Record<string, Tensor>>,
  ) {
    this.ropes = new RopeFeeds(session, decoder.ropes);
    this.windows = new Set(decoder.layers.map(({ attention }) => attention.window));
  }

  /** @param gates of each rank */
  async run({ sequences, shared, terms }: GradientBatch, gates: Float32Array): Promise<BatchGradient> {
    const layout = new Layout(sequences, shared);
    const feeds = {
      ...this.factors,
      ...tokenFeeds(this.session, layout, { rows: sequences.length, windows: this.windows }),
      [INPUT.ids]: this.longs(layout.tokens().ids, [1, layout.length]),
      // As long as the list, or ONNX Runtime refuses to rotate it.
      ...this.ropes.upTo(layout.length),
      ...this.lossFeeds(lossArrays(terms, (sequence, place) => layout.token(sequence, place))),
      [INPUT.gates]: this.floats(gates, [gates.length]),
    };
    const read = await this.session.run(feeds, { [OUTPUT.logProbabilities]: null, [GRADIENT]: null });
    const [logProbabilities, gradient] = [read(OUTPUT.logProbabilities), read(GRADIENT)];
    if (!(logProbabilities instanceof Float32Array) || !(gradient instanceof Float32Array))
      throw new Error('ONNX Runtime returned numbers of another type.');
    return { results: termResults(terms, logProbabilities), gradient };
  }

  private lossFeeds(loss: LossArrays): Record<string, Tensor> {
    const { places, picked, weights, margins, thresholds, marginWeights } = loss;
    const targets = picked.length;
    const belongs = new Float32Array(places.length * targets);
    picked.forEach(([place], target) => (belongs[place * targets + target] = 1));
    const count = thresholds.length;
    return {
      [LOSS.places]: this.longs(BigInt64Array.from(places, BigInt), [places.length, 1]),
      [LOSS.picked]: this.longs(BigInt64Array.from(picked.flat(), BigInt), [targets, 2]),
      [LOSS.targets]: this.longs(
        BigInt64Array.from(picked, ([, id]) => BigInt(id)),
        [targets],
      ),
      [LOSS.belongs]: this.floats(belongs, [places.length, targets]),
      [LOSS.weights]: this.floats(weights, [targets, 1]),
      [LOSS.margins]: this.floats(margins, [count, targets]),
      [LOSS.thresholds]: this.floats(thresholds, [count, 1]),
      [LOSS.marginWeights]: this.floats(marginWeights, [count, 1]),
    };
  }

  private floats(data: Float32Array, shape: readonly number[]): Tensor {
    return this.session.tensor({ data, shape });
  }

  private longs(data: BigInt64Array, shape: readonly number[]): Tensor {
    return this.session.tensor({ data, shape });
  }
}

/** Where the tokens of a batch are, and what each of them sees: the inputs of `declareTokens` without tables of rotations. */
export function tokenFeeds(
  session: OrtSession,
  layout: Layout,
  { rows, windows }: { readonly rows: number; readonly windows: ReadonlySet<number | undefined> },
): Record<string, Tensor> {
  const { lead, rest, length } = layout;
  const floats = (data: Float32Array, shape: readonly number[]): Tensor => session.tensor({ data, shape });
  const sizes = (...each: readonly number[]): Tensor =>
    session.tensor({ data: BigInt64Array.from(each, BigInt), shape: [each.length] });
  const feeds: Record<string, Tensor> = {
    [INPUT.positions]: session.tensor({ data: layout.tokens().positions, shape: [1, length] }),
    [ROWS.count]: sizes(rows),
    [ROWS.parts]: sizes(lead, rows * rest),
    [ROWS.spans]: sizes(lead, rest),
  };
  for (const window of windows) {
    feeds[ROWS.leadMask(window)] = floats(layout.leadMask(window), [1, 1, lead, lead]);
    feeds[INPUT.mask(window)] = floats(layout.restMask(window), [rows, 1, rest, lead + rest]);
  }
  return feeds;
}

/** An adapter's factors for `GradientMachine`; modules that it lacks are no part of that graph. */
export function factorFeeds(
  session: OrtSession,
  decoder: Pick<Decoder, 'layers'>,
  { sites }: Factors,
): Readonly<Record<string, Tensor>> {
  const feeds: Record<string, Tensor> = {};
  allSites(decoder).forEach((site, index) => {
    const { ranks = [], a = new Float32Array(), b = [] } = sites[index] ?? {};
    const width = ranks.reduce((sum, rank) => sum + rank, 0);
    if (width > 0) feeds[INPUT.a(index)] = session.tensor({ data: a, shape: [site[0]?.inputs ?? 0, width] });
    site.forEach(({ outputs }, at) => {
      const rank = ranks[at] ?? 0;
      const data = b[at];
      if (rank > 0 && data !== undefined)
        feeds[INPUT.b(index, at)] = session.tensor({ data, shape: [rank, outputs] });
    });
  });
  return feeds;
}
