import type { LoopTurns } from '../loopTurns';

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** Blank lines are passed over so fast that looking at a clock for each takes longer. */
const BLANKS = 1024;

/**
 * The lines that are not blank, one at a time: a list of all takes far more memory than a file of line ends.
 * @throws SploraError `cancelled`
 */
export async function* linesOf(text: string, turns: LoopTurns): AsyncGenerator<Line> {
  let number = 0;
  for (let from = 0; from < text.length;) {
    number++;
    const found = text.indexOf('\n', from);
    const to = found < 0 ? text.length : found;
    const line = text.slice(from, to);
    const isBlank = line.trim() === '';
    if ((!isBlank || number % BLANKS === 0) && turns.isDue()) await turns.next();
    if (!isBlank) yield { number, text: line };
    from = to + 1;
  }
}
