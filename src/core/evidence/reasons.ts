import { say, type Message } from '../message';
import { formatScore } from '../report/scores';
import type { Reason, StandsOut } from './types';

/** Why a module stands out, without a full stop. */
export function reasonText({ kind, value, limit }: Reason): Message {
  return kind === 'reversal'
    ? say(
        'acts against the alignment step: {0} standard deviations of chance, limit {1}',
        ...[value.toFixed(1), limit.toFixed(1)],
      )
    : say(
        'outlier among the modules of its kind: distance {0}, limit {1}',
        ...[formatScore('distance', value), formatScore('distance', limit)],
      );
}

/** All reasons in one phrase. */
export function reasonsText([first, ...others]: StandsOut['reasons']): Message {
  return others.reduce((text, other) => say('{0}; {1}', text, reasonText(other)), reasonText(first));
}
