import { measure } from '../../src/evaluation/run';
import type { EvaluatorApi } from '../../src/protocol/evaluatorApi';
import { serveParent } from '../../src/rpc/serveParent';
import { fakeRunner } from './fakeRunner';

/** What the process of test/unit/evaluation/cancel.test.ts answers. */
export type BlockedApi = Pick<EvaluatorApi, 'measure'>;

/** Answers before this one are given. */
const BLOCKED_ANSWER = 3;

/** The fourth answer takes forever, as a step of a large model may, and lets no message in. */
serveParent<BlockedApi>({
  measure: (request, context) =>
    measure(request, context, {
      openRunner: () =>
        Promise.resolve(
          fakeRunner({
            answer: (variant) => variant,
            before: (index) => {
              if (index === BLOCKED_ANSWER) for (;;);
            },
          }),
        ),
      openJudge: () => Promise.reject(new Error('no judge')),
    }),
});
