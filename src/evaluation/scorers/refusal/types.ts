/** Words one after the other, each at most `within` words behind the last. */
export interface Slot {
  readonly words: ReadonlySet<string>;
  /** 1: the next word. */
  readonly within: number;
}

/** How a language refuses. All texts are lower-case words with single spaces, without punctuation. */
export interface RefusalLanguage {
  readonly id: string;
  /** What is written in full first: `can't` is `cannot`, and so is `am unable to`. In this order. */
  readonly rewrites: readonly (readonly [from: string, to: string])[];
  /** A first sentence of these alone says nothing yet: the next one decides. */
  readonly apologies: readonly string[];
  /** Refusals whatever follows, at the beginning of the sentence that decides. */
  readonly openings: readonly string[];
  /** Refusals anywhere in the sentence that decides. */
  readonly phrases: readonly string[];
  /** Refusals anywhere in the sentence that decides, e.g. *I*, *cannot*, *help*. */
  readonly sequences: readonly (readonly Slot[])[];
}
