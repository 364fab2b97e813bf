import { say, type Message } from '../core/message';
import type { AdapterSize, RepairMethod } from './types';

/** Of any adapter: which options a curve varies does not depend on it. */
const SIZE: AdapterSize = { modules: 100, rank: 16 };

type Options = Readonly<Record<string, unknown>>;

/**
 * A note for a user who left the strength of a method at its default.
 * @param given the options that the user chose
 * @param flags what measures strengths on the command line
 * @returns undefined: the strength was chosen, or the method has none among its options
 */
export function defaultStrength(
  { options, curve }: RepairMethod,
  given: Options,
  flags: string,
): Message | undefined {
  const lines = (curve?.lines(SIZE) ?? []).map((line) => openOptions(line, given));
  const open = lines.find((names) => names.length > 0);
  if (open === undefined) return undefined;
  const defaults = open.map((name) => `${name} ${String(options[name]?.default)}`).join(', ');
  return say('The strength is the default ({0}): {1} finds the best one by measurement.', defaults, flags);
}

/** The options that a line varies; empty if the user chose one of them, or one that is not on this line. */
function openOptions(line: readonly { readonly options: Options }[], given: Options): readonly string[] {
  const first = line[0]?.options ?? {};
  const varied = Object.keys(first).filter((name) =>
    line.some((point) => point.options[name] !== first[name]),
  );
  const isDecided = Object.entries(given).some(
    ([name, value]) => varied.includes(name) || (Object.hasOwn(first, name) && value !== first[name]),
  );
  return isDecided ? [] : varied;
}
