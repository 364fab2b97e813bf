export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** The lines that are not blank, one at a time: a list of all takes far more memory than a file of line ends. */
export function* linesOf(text: string): Generator<Line> {
  let number = 0;
  for (let from = 0; from < text.length;) {
    number++;
    const found = text.indexOf('\n', from);
    const to = found < 0 ? text.length : found;
    if (to > from) {
      const line = text.slice(from, to);
      if (line.trim() !== '') yield { number, text: line };
    }
    from = to + 1;
  }
}
