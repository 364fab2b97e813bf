import { say } from '../core/message';
import type { Settled, WrittenModule } from './types';

/** What approximating cost: a note, and a number for the metadata. */
export function withError(settled: Settled, written: ReadonlyMap<string, WrittenModule>): Settled {
  const error = [...written.values()].reduce((most, one) => Math.max(most, one.error ?? 0), 0);
  if (error === 0) return settled;
  const notes = [
    ...settled.notes,
    say('The largest error is {0} of the norm that an update should have.', error.toPrecision(2)),
  ];
  return {
    ...settled,
    notes,
    record: { ...settled.record, compressionError: Number(error.toPrecision(3)) },
  };
}
