import { failure } from '../../core/errors';
import { verbatim } from '../../core/message';
import type { FitDocument, FitTarget } from '../../core/results/fit/types';
import type { FitEvent, FitRequest } from '../../protocol/evaluatorApi';
import type { CallContext } from '../../rpc/channel';

/** The answers that gates are fitted to. */
export function fitTargets(
  _request: FitRequest,
  _context: CallContext<FitEvent>,
): Promise<readonly FitTarget[]> {
  return Promise.reject(failure('internal', verbatim('gates cannot be fitted yet')));
}

/** Fits gates. */
export function fitGates(_request: FitRequest, _context: CallContext<FitEvent>): Promise<FitDocument> {
  return Promise.reject(failure('internal', verbatim('gates cannot be fitted yet')));
}
