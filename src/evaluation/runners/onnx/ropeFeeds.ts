import type { Decoder } from './decoder';
import { ropeTables } from './families/rope';
import { INPUT } from './graph';
import type { OrtSession, Tensor } from './ort';

/** Tables of cosines and sines as feeds, made again only for more positions than before. */
export class RopeFeeds {
  private length = 0;
  private feeds: Readonly<Record<string, Tensor>> = {};

  constructor(
    private readonly session: OrtSession,
    private readonly ropes: Decoder['ropes'],
  ) {}

  /** For at least so many positions. */
  upTo(length: number): Readonly<Record<string, Tensor>> {
    if (this.length >= length) return this.feeds;
    const feeds: Record<string, Tensor> = {};
    for (const [name, rope] of this.ropes) {
      const { cosines, sines } = ropeTables(rope, length);
      const shape = [length, rope.frequencies.length];
      feeds[INPUT.cosines(name)] = this.session.tensor({ data: cosines, shape });
      feeds[INPUT.sines(name)] = this.session.tensor({ data: sines, shape });
    }
    this.length = length;
    this.feeds = feeds;
    return feeds;
  }
}
