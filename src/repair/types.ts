import type { InputIdentity } from '../core/results/types';
import type { Engine } from '../engine/client';
import type { Evaluator } from '../evaluation/client';
import type { MeasuredRepairEvent, MeasuredRepairRequest } from '../protocol/repairApi';

/** The processes that a repair asks. */
export interface Clients {
  readonly engine: Pick<Engine, 'call'>;
  readonly evaluator: Pick<Evaluator, 'call'>;
}

export interface RepairContext {
  readonly signal: AbortSignal;
  readonly emit: (event: MeasuredRepairEvent) => void;
}

/** What every part of a repair works with. */
export interface RepairJob {
  readonly request: MeasuredRepairRequest;
  readonly clients: Clients;
  readonly context: RepairContext;
  /** For candidates; it is removed with all that is in it. */
  readonly folder: string;
  /** Weights of the base model, as they were at the start. */
  readonly baseFiles: readonly InputIdentity[];
}
