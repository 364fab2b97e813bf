import type { Adapter } from '../adapter/types';
import type { Checkpoint } from '../checkpoint/types';
import type { Message } from '../message';
import type { WritePlan } from '../safetensors/writePlan';

export interface ExportInput {
  /** With the modules and scales that the written file must have. */
  readonly adapter: Adapter;
  /** The model that the adapter is to be loaded onto; absent: names and shapes are not compared. */
  readonly model?: Checkpoint;
  /** For the metadata of the file, beside what the adapter has. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** Files to write, planned from the file of the adapter. */
export interface ExportPlan {
  readonly weightsName: string;
  readonly weights: WritePlan;
  /** How many modules it has. */
  readonly modules: number;
  /** Of adapter_config.json; absent: the format has none. */
  readonly configText?: string;
  /** What the user should know about the result. */
  readonly notes: readonly Message[];
}
