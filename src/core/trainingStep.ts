import { naturalCompare } from './adapter/names';
import { cutPath } from './lastPart';

/**
 * The training step in a checkpoint's name (`checkpoint-500`, `0000100_adapters.safetensors`); null without
 * one, as for the final adapter.
 */
export function stepOf(label: string): number | null {
  const match = /(?:checkpoint|step|epoch|iter)[-_]?(\d+)|(?:^|[/\\])(\d+)_adapters\.safetensors$/i.exec(
    label,
  );
  const step = Number(match?.[1] ?? match?.[2]);
  return Number.isSafeInteger(step) ? step : null;
}

/** The step in the name of an adapter's folder or file, or of the folder that the file is in. */
export function stepOfPath(path: string): number | null {
  const [before, last] = cutPath(path);
  const own = stepOf(last);
  return own === null && last.endsWith('.safetensors') ? stepOf(cutPath(before)[1]) : own;
}

/** The order of a run: by step, the final adapter (null) last, then by name. */
export function compareSteps(
  left: number | null,
  right: number | null,
  names: readonly [string, string],
): number {
  if (left === right) return naturalCompare(...names);
  return (left ?? Infinity) - (right ?? Infinity);
}
