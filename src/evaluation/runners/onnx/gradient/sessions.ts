import type { Factors } from '../adapters';
import { availableMemory, memoryNeeded, refuseTooLarge } from '../estimate';
import { decoderModel } from '../graph';
import { DecoderMachine, type AdapterFeeds } from '../machine';
import type { KnownModel } from '../model';
import type { OrtSession } from '../ort';
import { openSession } from '../session';
import { gradientModel } from './graph';
import { factorFeeds, GradientMachine } from './machine';
import { gradientBytes, GRADIENT_TOKENS_MAX, GRADIENT_TOKENS_MIN, type GradientSize } from './memory';

interface Decoding {
  readonly session: OrtSession;
  readonly machine: DecoderMachine;
  readonly adapters: AdapterFeeds;
}

/** Rows that are answered at once, for the estimate. */
const DECODED: { readonly rows: number; readonly longest: number } = { rows: 16, longest: 256 };

/**
 * The two graphs of a model: one answers, one gives gradients. Each is loaded when it is first asked for; where both do not
 * fit into memory, the other one is closed for it.
 */
export class GateSessions {
  private tokens: number | undefined;
  private decoding: Decoding | undefined;
  private gradients: { readonly session: OrtSession; readonly machine: GradientMachine } | undefined;

  constructor(
    private readonly model: KnownModel,
    private readonly factors: Factors,
    private readonly threads: number,
  ) {}

  /** Tokens of a batch, at most: so few that it fits into memory. */
  batchTokens(): number {
    if (this.tokens !== undefined) return this.tokens;
    let tokens = GRADIENT_TOKENS_MAX;
    const bytes = (): number =>
      gradientBytes(this.model, { rows: 1, width: tokens, shared: 0, places: tokens });
    while (tokens > GRADIENT_TOKENS_MIN && bytes() > availableMemory()) tokens /= 2;
    this.tokens = tokens;
    return tokens;
  }

  async gradient(size: GradientSize): Promise<GradientMachine> {
    const { model, factors, threads } = this;
    if (this.gradients === undefined) {
      const needed = gradientBytes(model, size);
      if (needed > availableMemory()) await this.closeDecoder();
      refuseTooLarge(model, needed);
      const ranks = factors.sites.map((site) => site.ranks);
      const graph = gradientModel(model.decoder, model.places.find, ranks);
      const session = await openSession(graph, model, { threads, isGradient: true });
      const feeds = factorFeeds(session, model.decoder, factors);
      this.gradients = { session, machine: new GradientMachine(session, model.decoder, feeds) };
    }
    return this.gradients.machine;
  }

  async decoder(): Promise<Decoding> {
    const { model, factors, threads } = this;
    if (this.decoding === undefined) {
      const needed = memoryNeeded(model, DECODED, { before: 0, factorBytes: 0 });
      if (needed > availableMemory()) await this.closeGradient();
      refuseTooLarge(model, needed);
      const session = await openSession(decoderModel(model.decoder, model.places.find), model, { threads });
      const machine = new DecoderMachine(session, model.decoder);
      this.decoding = { session, machine, adapters: machine.feedsOf(factors) };
    }
    return this.decoding;
  }

  async close(): Promise<void> {
    await this.closeDecoder();
    await this.closeGradient();
  }

  private async closeDecoder(): Promise<void> {
    const { decoding } = this;
    this.decoding = undefined;
    await decoding?.session.release();
  }

  private async closeGradient(): Promise<void> {
    const { gradients } = this;
    this.gradients = undefined;
    await gradients?.session.release();
  }
}
