import type { TermResult } from '../../gates';
import type { Factors } from '../adapters';
import { allSites, type Decoder } from '../decoder';
import { INPUT, OUTPUT } from '../graph';
import type { OrtSession, Tensor } from '../ort';
import { RopeFeeds } from '../ropeFeeds';
import { GRADIENT } from './graph';
import { LOSS } from './head';
import { lossArrays, termResults, type LossArrays, type PlacedTerm } from './loss';
import type { Sequence } from './sequence';

/** Sequences that are computed together, and the terms of the loss that lie in them. */
export interface GradientBatch {
  readonly sequences: readonly Sequence[];
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
  async run({ sequences, terms }: GradientBatch, gates: Float32Array): Promise<BatchGradient> {
    const width = sequences.reduce((most, { length }) => Math.max(most, length), 1);
    const rows = new Map(sequences.map((sequence, row) => [sequence, row]));
    const feeds = {
      ...this.factors,
      ...this.tokenFeeds(sequences, width),
      ...this.ropes.upTo(width),
      ...this.lossFeeds(lossArrays(terms, rows, width)),
      [INPUT.gates]: this.floats(gates, [gates.length]),
    };
    const read = await this.session.run(feeds, { [OUTPUT.logProbabilities]: null, [GRADIENT]: null });
    const [logProbabilities, gradient] = [read(OUTPUT.logProbabilities), read(GRADIENT)];
    if (!(logProbabilities instanceof Float32Array) || !(gradient instanceof Float32Array))
      throw new Error('ONNX Runtime returned numbers of another type.');
    return { results: termResults(terms, logProbabilities), gradient };
  }

  private tokenFeeds(sequences: readonly Sequence[], width: number): Record<string, Tensor> {
    const { length: rows } = sequences;
    const ids = new BigInt64Array(rows * width);
    const positions = new BigInt64Array(rows * width);
    sequences.forEach((sequence, row) => sequence.writeTokens(ids, positions, row, width));
    const feeds: Record<string, Tensor> = {
      [INPUT.ids]: this.longs(ids, [rows, width]),
      [INPUT.positions]: this.longs(positions, [rows, width]),
    };
    for (const window of this.windows) {
      const mask = new Float32Array(rows * width * width);
      sequences.forEach((sequence, row) => sequence.writeMask(mask, row, width, window));
      feeds[INPUT.mask(window)] = this.floats(mask, [rows, 1, width, width]);
    }
    return feeds;
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
