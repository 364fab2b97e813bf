import { quotedList } from '../adapter/names';
import type { ModuleMeasure } from '../ediem/types';

/** Below this share the projection is rounding beside the update, and the distance is the update's own size. */
const RETAINED_MIN = 1e-5;

/** A note when base and aligned are so close that scores only follow the size of the updates. */
export function nearZeroNotes(measures: readonly ModuleMeasure[]): string[] {
  const close = measures.filter(({ projectedNorm, updateNorm }) => projectedNorm < RETAINED_MIN * updateNorm);
  if (close.length === 0) return [];
  return [
    `Base and aligned are nearly the same in ${quotedList(close.map(({ module }) => module))}: there the scores only follow the size of the update. Check that they are the models you mean.`,
  ];
}
