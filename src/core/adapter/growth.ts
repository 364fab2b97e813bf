import { badRequest } from '../errors';
import { say, type Message } from '../message';
import { formatBytes } from '../report/scores';
import { displayName } from '../safetensors/displayName';

/** Padding may make the factors so many times as large; real rank patterns stay far below. */
const GROWTH_MAX = 8;
/** Bytes of padded factors that are fine whatever they grew from. */
const SMALL_BYTES = 64 * 1024 * 1024;
/** A module as `refuseGrowth` counts it. */
interface Sized {
  readonly name: string;
  readonly rank: number;
  /** Of both factors, for each rank. */
  readonly bytesPerRank: number;
}

/**
 * One module of high rank would make all others as large: a small file could ask for any amount of disk.
 * @throws SploraError `bad-request`
 */
export function refuseGrowth(modules: readonly Sized[], rank: number, file: string, advice: Message): void {
  const before = modules.reduce((sum, module) => sum + module.rank * module.bytesPerRank, 0);
  const after = modules.reduce((sum, { bytesPerRank }) => sum + rank * bytesPerRank, 0);
  if (after <= Math.max(SMALL_BYTES, GROWTH_MAX * before)) return;
  const highest = modules.find((module) => module.rank === rank)?.name ?? '';
  throw badRequest(
    say(
      'Padding all kept modules to rank {0}, which {1} has, would make their factors grow from {2} to {3}',
      rank,
      displayName(highest),
      formatBytes(before),
      formatBytes(after),
    ),
    advice,
    file,
  );
}
