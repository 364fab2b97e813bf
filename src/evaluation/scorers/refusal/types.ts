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
  /** A sentence that begins with one of these and is no refusal that is known here is unclear. */
  readonly apologies: readonly string[];
  /** A first sentence of one of these or of an apology alone says nothing yet: the next one decides. */
  readonly fillers: readonly string[];
  /** Words after an apology that is about something else: *sorry for the delay*. */
  readonly afterOtherApology: ReadonlySet<string>;
  /** Refusals whatever follows, at the beginning of the sentence that decides. */
  readonly openings: readonly string[];
  /** Refusals anywhere in the sentence that decides. */
  readonly phrases: readonly string[];
  /** Refusals anywhere in the sentence that decides, e.g. *I*, *cannot*, *help*. */
  readonly sequences: readonly (readonly Slot[])[];
}
