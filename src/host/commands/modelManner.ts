import type { DoubtManner } from '../models/modelChooser';
import { givenOptions, isScripted, type CommandArguments } from './targets';

/**
 * Whether somebody is there to be asked about models: a person, or a button that calls with options of its own and says
 * so with `{models: 'ask'}`.
 */
export function modelManner(args: CommandArguments): DoubtManner {
  return isScripted(args) && givenOptions(args)?.['models'] !== 'ask' ? 'tell' : 'ask';
}

/** What buttons give to *Analyze Adapter* that read the weights again: a person pressed them. */
export const ANALYZE_AGAIN = { force: true, models: 'ask' } as const;
