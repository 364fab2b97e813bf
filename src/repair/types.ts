import type { PassKind } from '../core/passes';
import type { EvaluationDocument, Split } from '../core/results/evaluation/types';
import type { ModuleGates } from '../core/results/fit/types';
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
  /** Of the repair before, where checkpoints of a run are repaired one after another. Absent: an empty one. */
  readonly memory?: RepairMemory;
}

/** What later steps of a repair, and the repair of the next checkpoint, need not ask again. */
export interface RepairMemory {
  /** The last measurement of each split: answers of the models as they are. */
  readonly known: Map<Split, EvaluationDocument>;
  /** The gates of the last fit. */
  gates?: readonly ModuleGates[];
}

/** What every part of a repair works with. */
export interface RepairJob {
  readonly request: MeasuredRepairRequest;
  readonly clients: Clients;
  readonly context: RepairContext;
  readonly memory: RepairMemory;
  /** For candidates; it is removed with all that is in it. */
  readonly folder: string;
  /** Weights of the base model, as they were at the start. */
  readonly baseFiles: readonly InputIdentity[];
  readonly passes: JobPasses;
}

/** What was recorded of passes over prompts so far. */
export interface JobPasses {
  /** In the job's folder; absent: nothing was. */
  folder?: string;
  readonly kinds: Set<PassKind>;
}
