import { badRequest } from '../../../core/errors';
import { say } from '../../../core/message';
import { displayName } from '../../../core/safetensors/displayName';
import type { Factors } from './adapters';
import type { KeyValueCache } from './cache';
import { allSites, type Decoder, type Site } from './decoder';
import { INPUT, OUTPUT } from './graph';
import type { OrtSession, Tensor } from './ort';
import { RopeFeeds } from './ropeFeeds';

/** The factors of adapters as feeds. */
export interface AdapterFeeds {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Sum of all ranks. */
  readonly rank: number;
}

/** What a row's low-rank products are multiplied by. */
export interface Gate {
  /** 1 for each rank of the row's adapter, 0 for those of others. */
  readonly mask: Float32Array;
  readonly scale: number;
  /** Its id, for errors; absent: the row is only timed. */
  readonly variant?: string;
}

/** Tokens of neighboring rows, one after the other. */
export interface Step {
  readonly cache: KeyValueCache;
  /** The first row. */
  readonly slot: number;
  /** Of each row: all the tokens that are new. Shorter ones are padded at their end. */
  readonly tokens: readonly (readonly number[])[];
  /** Of each row: how many tokens came before. Where `tokens` have more than one: 0, or a single row. */
  readonly past: readonly number[];
  readonly adapters: AdapterFeeds;
  /** Of each row. */
  readonly gates: readonly Gate[];
  /** Of each row: which of its new tokens are asked for what comes next. */
  readonly wanted: readonly (readonly number[])[];
  /** In the order of `wanted`: tokens whose log-probabilities are asked for; absent: none. */
  readonly targets?: readonly number[];
}

export interface StepResult {
  /** In the order of `wanted`: the most probable next token. */
  readonly next: Int32Array;
  /** Of `targets`, in nats. */
  readonly logProbabilities: Float32Array;
}

/** Runs the graph of a decoder. */
export class DecoderMachine {
  private readonly sites: readonly Site[];
  private readonly windows: ReadonlySet<number | undefined>;
  private readonly ropes: RopeFeeds;

  constructor(
    private readonly session: OrtSession,
    readonly decoder: Decoder,
  ) {
    this.sites = allSites(decoder);
    this.ropes = new RopeFeeds(session, decoder.ropes);
    this.windows = new Set(decoder.layers.map(({ attention }) => attention.window));
  }

  feedsOf({ sites, rank }: Factors): AdapterFeeds {
    const { session } = this;
    const feeds: Record<string, Tensor> = {};
    const siteRanks = new BigInt64Array(sites.length);
    sites.forEach(({ ranks, a, b }, site) => {
      const width = ranks.reduce((sum, each) => sum + each, 0);
      siteRanks[site] = BigInt(width);
      const inputs = this.sites[site]?.[0]?.inputs ?? 0;
      feeds[INPUT.a(site)] = session.tensor({ data: a, shape: [inputs, width] });
      if (ranks.length > 1)
        feeds[INPUT.ranks(site)] = session.tensor({
          data: BigInt64Array.from(ranks, BigInt),
          shape: [ranks.length],
        });
      b.forEach((data, at) => {
        const each = ranks[at] ?? 0;
        const shape = [each, this.sites[site]?.[at]?.outputs ?? 0];
        feeds[INPUT.b(site, at)] = session.tensor({ data, shape });
      });
    });
    feeds[INPUT.siteRanks] = session.tensor({ data: siteRanks, shape: [sites.length] });
    return { feeds, rank };
  }

  async step(step: Step): Promise<StepResult> {
    const { cache, slot, tokens, past, adapters } = step;
    const rows = tokens.length;
    const isEmpty = past.every((length) => length === 0);
    const feeds = cache.feeds(this.session, slot, rows, isEmpty);
    Object.assign(
      feeds,
      this.tokenFeeds(step, isEmpty ? 0 : cache.positions),
      this.wantedFeeds(step),
      this.ropes.upTo(cache.positions),
      adapters.feeds,
    );
    feeds[INPUT.gates] = this.gateFeed(step);
    const read = await this.session.run(feeds, {
      ...cache.outputs(),
      [OUTPUT.next]: null,
      [OUTPUT.sums]: null,
      [OUTPUT.logProbabilities]: null,
    });
    const next = read(OUTPUT.next);
    const logProbabilities = read(OUTPUT.logProbabilities);
    if (!(next instanceof Int32Array) || !(logProbabilities instanceof Float32Array))
      throw new Error('ONNX Runtime returned numbers of another type.');
    checkSums(step, read(OUTPUT.sums));
    const lengths = tokens.map(({ length }) => length);
    cache.write(read, slot, { past, lengths, width: widthOf(tokens) });
    return { next, logProbabilities };
  }

  private tokenFeeds({ tokens, past }: Step, kept: number): Record<string, Tensor> {
    const rows = tokens.length;
    const width = widthOf(tokens);
    const ids = new Int32Array(rows * width);
    const positions = new Int32Array(rows * width);
    tokens.forEach((own, row) => {
      const before = past[row] ?? 0;
      ids.set(own, row * width);
      for (let at = 0; at < width; at++) positions[row * width + at] = before + Math.min(at, own.length - 1);
    });
    const feeds: Record<string, Tensor> = {
      [INPUT.ids]: this.ints(ids, [rows, width]),
      [INPUT.positions]: this.ints(positions, [rows, width]),
      [INPUT.spans]: this.session.tensor({ data: BigInt64Array.of(BigInt(kept), BigInt(width)), shape: [2] }),
    };
    for (const window of this.windows) {
      const data = attentionMask({ past, width, kept, window });
      feeds[INPUT.mask(window)] = this.session.tensor({ data, shape: [rows, 1, width, kept + width] });
    }
    return feeds;
  }

  private wantedFeeds({ tokens, wanted, targets = [] }: Step): Record<string, Tensor> {
    const width = widthOf(tokens);
    const rows = Int32Array.from(wanted.flatMap((own, row) => own.map((at) => row * width + at)));
    const scored = Int32Array.from(targets, (_target, at) => at);
    return {
      [INPUT.rows]: this.ints(rows, [rows.length]),
      [INPUT.scored]: this.ints(scored, [scored.length]),
      [INPUT.targets]: this.ints(Int32Array.from(targets), [targets.length]),
    };
  }

  private gateFeed({ gates, adapters: { rank } }: Step): Tensor {
    const data = new Float32Array(gates.length * rank);
    gates.forEach(({ mask, scale }, row) => {
      data.set(mask, row * rank);
      if (scale === 1) return;
      for (let at = row * rank; at < (row + 1) * rank; at++) data[at] = scale * (data[at] ?? 0);
    });
    return this.session.tensor({ data, shape: [gates.length, 1, rank] });
  }

  private ints(data: Int32Array, shape: readonly number[]): Tensor {
    return this.session.tensor({ data, shape });
  }
}

const widthOf = (tokens: Step['tokens']): number =>
  tokens.reduce((most, { length }) => Math.max(most, length), 0);

/** The most probable of NaNs would be any token. */
function checkSums({ gates, wanted }: Step, sums: ArrayLike<number | bigint>): void {
  const variants = wanted.flatMap((own, row) => own.map(() => gates[row]?.variant));
  const broken = variants.find((_variant, at) => !Number.isFinite(sums[at]));
  if (broken === undefined) return;
  throw badRequest(
    say('The model computes NaN or infinity with the variant {0}', displayName(broken)),
    say('Lower the scale of the variant, or choose another adapter or model.'),
  );
}

/** So low that its exponential is 0, and finite: a row that sees nothing must not become NaN. */
const UNSEEN = -1e30;

interface MaskOptions {
  /** Of each row: tokens before the new ones. */
  readonly past: readonly number[];
  readonly width: number;
  /** Positions of the cache that are fed. */
  readonly kept: number;
  readonly window: number | undefined;
}

/** Which tokens each new token sees: [rows, width, kept + width]. */
export function attentionMask({ past, width, kept, window = Infinity }: MaskOptions): Float32Array {
  const row = kept + width;
  const mask = new Float32Array(past.length * width * row).fill(UNSEEN);
  past.forEach((before, at) => {
    for (let query = 0; query < width; query++) {
      const start = (at * width + query) * row;
      const first = Math.max(0, before + query - window + 1);
      if (first < before) mask.fill(0, start + first, start + before);
      mask.fill(0, start + kept + Math.max(0, first - before), start + kept + query + 1);
    }
  });
  return mask;
}
