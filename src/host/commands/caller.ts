import type { Caller } from '../models/modelChooser';
import { givenOptions, isScripted, type CommandArguments } from './targets';

/** Who called: buttons that give options of their own add `{models: 'ask'}`, as a person pressed them. */
export function callerOf(args: CommandArguments): Caller {
  return isScripted(args) && givenOptions(args)?.['models'] !== 'ask' ? 'program' : 'person';
}

/** What buttons give to *Analyze Adapter* that read the weights again: a person pressed them. */
export const ANALYZE_AGAIN = { force: true, models: 'ask' } as const;
