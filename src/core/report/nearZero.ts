import { quotedList } from '../adapter/names';
import type { ModuleMeasure } from '../ediem/types';
import { say, type Message } from '../message';

/** Below this share the projection is rounding beside the update, and the distance is the update's own size. */
const RETAINED_MIN = 1e-5;

/** A note when base and aligned are so close that scores only follow the size of the updates. */
export function nearZeroNotes(measures: readonly ModuleMeasure[]): Message[] {
  const close = measures.filter(({ projectedNorm, updateNorm }) => projectedNorm < RETAINED_MIN * updateNorm);
  if (close.length === 0) return [];
  return [
    say(
      'Base and aligned are nearly the same in {0}: the scores there only reflect the size of the update. Check that you chose the right models.',
      quotedList(close.map(({ module }) => module)),
    ),
  ];
}
