import type { EngineApi } from '../protocol/engineApi';
import { serveParent } from '../rpc/serveParent';
import { analyze } from './analyze';
import { candidates, keepCandidate } from './candidates';
import { check } from './check';
import { compare } from './compare';
import { exportAdapter } from './exportAdapter';
import { inspect } from './inspect';
import { MeasureCache } from './measureCache';
import { repair } from './repair';
import { StepCache } from './stepCache';
import { WorkerPool } from './workers/pool';

const memory = { pool: new WorkerPool(), cache: new MeasureCache(), steps: new StepCache() };

serveParent<EngineApi>({
  analyze: (request, context) => analyze(request, context, memory),
  repair: (request, context) => repair(request, context, memory),
  candidates: (request, context) => candidates(request, context, memory),
  keepCandidate,
  export: exportAdapter,
  inspect,
  check,
  compare,
});
