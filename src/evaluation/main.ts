import { failure } from '../core/errors';
import { verbatim } from '../core/message';
import type { EvaluatorApi } from '../protocol/evaluatorApi';
import { serveParent } from '../rpc/serveParent';
import { estimateMeasure, makers } from './makers';
import { measure } from './run';

serveParent<EvaluatorApi>({
  measure: (request, context) => measure(request, context, makers),
  estimate: (request, context) => estimateMeasure(request, context),
  importSuite: () => Promise.reject(failure('bad-request', verbatim('There is no importer yet.'))),
});
