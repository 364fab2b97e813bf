import type { EvaluatorApi } from '../protocol/evaluatorApi';
import { serveParent } from '../rpc/serveParent';
import { estimateFit } from './gates/estimateFit';
import { fitGates, fitTargets } from './gates/fitGates';
import { openGateRunner } from './gates/makers';
import { estimateMeasure, makers } from './makers';
import { measure } from './run';
import { recordPasses } from './passes/recordPasses';
import { describeSuites } from './suites/describeSuites';
import { importSuite } from './suites/import/importSuite';
import { newSuite } from './suites/import/newSuite';

serveParent<EvaluatorApi>({
  measure: (request, context) => measure(request, context, makers),
  estimate: (request, context) => estimateMeasure(request, context),
  fitTargets: (request, context) => fitTargets(request, context, openGateRunner),
  fitGates: (request, context) => fitGates(request, context, openGateRunner),
  recordPasses: (request, context) => recordPasses(request, context),
  estimateFit: (request, context) => estimateFit(request, context, openGateRunner),
  describeSuites,
  importSuite,
  newSuite,
});
