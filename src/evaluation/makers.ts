import { failure } from '../core/errors';
import { verbatim } from '../core/message';
import type { Makers } from './run';

/** The runners and judges of this version. Each is loaded on first use. */
export const makers: Makers = {
  openRunner: ({ request: { runner } }) =>
    Promise.reject(failure('bad-request', verbatim(`The runner ${runner.kind} is not available yet.`))),
  openJudge: ({ model }) =>
    Promise.reject(failure('bad-request', verbatim(`The judge ${model} is not available yet.`))),
};
