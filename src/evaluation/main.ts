import { failure } from '../core/errors';
import { verbatim } from '../core/message';
import type { EvaluatorApi } from '../protocol/evaluatorApi';
import { serveParent } from '../rpc/serveParent';
import { makers } from './makers';
import { measure } from './run';

serveParent<EvaluatorApi>({
  measure: (request, context) => measure(request, context, makers),
  estimate: () => Promise.reject(failure('bad-request', verbatim('There is no estimate yet.'))),
  importSuite: () => Promise.reject(failure('bad-request', verbatim('There is no importer yet.'))),
});
