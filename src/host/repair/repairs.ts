import type { ErrorData } from '../../core/errors';
import type { FitCheck } from '../../core/results/fit/types';
import type { Limits } from '../../core/results/repair/target';
import type { Figures, MeasuredPoint, RepairTarget } from '../../core/results/repair/types';
import type { MeasureProgress } from '../../protocol/behavior';
import type { MeasuredRepairEvent, RepairStage } from '../../protocol/repairApi';
import { AdapterRuns } from '../state/adapterRuns';

export type StageProgress = Pick<MeasureProgress, 'done' | 'total' | 'remainingMs'>;

export type RepairRun =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'running';
      readonly stage: RepairStage | null;
      /** Id of the method whose strengths are measured. */
      readonly method: string | null;
      readonly progress: StageProgress | null;
    }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'failed'; readonly error: ErrorData };

/** What there is of a repair before it is finished. */
export interface PartialRepair {
  readonly target: RepairTarget;
  readonly limits: Limits | null;
  readonly before: { readonly aligned: Figures; readonly adapter: Figures } | null;
  readonly points: readonly MeasuredPoint[];
  /** Of the last fit. */
  readonly checks: readonly FitCheck[];
  readonly chosen: MeasuredPoint | null;
}

export interface Repairing {
  readonly run: RepairRun;
  /** Of the last repair that is not finished; null without one. */
  readonly partial: PartialRepair | null;
}

const NOTHING: Repairing = { run: { kind: 'idle' }, partial: null };
const STARTING: RepairRun = { kind: 'running', stage: null, method: null, progress: null };

/** The repairs by measurement of this session, by adapter. */
export class Repairs extends AdapterRuns<Repairing> {
  constructor() {
    super(NOTHING);
  }

  /** Ends a repair of the adapter that is under way. */
  begin(adapter: string, target: RepairTarget): AbortController {
    return this.start(adapter, { run: STARTING, partial: partialOf(target) });
  }
}

export function partialOf(target: RepairTarget): PartialRepair {
  return { target, limits: null, before: null, points: [], checks: [], chosen: null };
}

/** The state after an event. */
export function follow({ run, partial }: Repairing, event: MeasuredRepairEvent): Repairing {
  if (run.kind !== 'running' || partial === null) return { run, partial };
  const at = (progress: StageProgress | null): Repairing => ({ run: { ...run, progress }, partial });
  switch (event.type) {
    case 'stage': {
      const { stage, method = null } = event;
      // Each fit has a path of its own.
      const checks = stage === 'gates' ? [] : partial.checks;
      return { run: { kind: 'running', stage, method, progress: null }, partial: { ...partial, checks } };
    }
    case 'engine': {
      const { modulesDone: done, modulesTotal: total } = event.event;
      return at({ done, total, remainingMs: null });
    }
    case 'measure':
      return event.event.type === 'progress' ? at(event.event) : { run, partial };
    case 'fit':
      return followFit({ run, partial }, event.event, at);
    case 'before': {
      const { aligned, adapter, limits } = event;
      return { run, partial: { ...partial, before: { aligned, adapter }, limits } };
    }
    case 'point':
      return { run, partial: { ...partial, points: [...partial.points, event.point] } };
    case 'chosen':
      return { run, partial: { ...partial, chosen: event.point } };
  }
}

function followFit(
  { run, partial }: { readonly run: RepairRun; readonly partial: PartialRepair },
  event: Extract<MeasuredRepairEvent, { type: 'fit' }>['event'],
  at: (progress: StageProgress) => Repairing,
): Repairing {
  switch (event.type) {
    case 'progress':
      return at(event);
    case 'step':
      return at({ done: event.step.step, total: event.of, remainingMs: null });
    case 'check':
      return { run, partial: { ...partial, checks: [...partial.checks, event.check] } };
    case 'targets':
      return { run, partial };
  }
}
