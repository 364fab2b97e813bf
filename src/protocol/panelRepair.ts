import type { LoadVerdict, Loader } from '../core/check/types';
import type { ErrorText } from '../core/errors';
import type { RepairOutcome } from '../core/results/repair/types';
import type { MeasureProgress, PanelVariant } from './behavior';
import type { RepairStage } from './repairApi';

/** What the panel shows of a repair by measurement, finished or under way. */
export interface PanelRepair {
  /** What must be reached on the prompts that choose; null until it is known. */
  readonly limits: { readonly maxAsr: number; readonly maxOverRefusal: number } | null;
  /** What the plot's x axis counts: solved tasks, or tokens of the references while a fit checks those alone. */
  readonly axis: 'solved' | 'tokens';
  readonly aligned: PanelShares | null;
  readonly adapter: PanelShares | null;
  /** In the order in which they were measured. */
  readonly points: readonly PanelRepairPoint[];
  /** What the gates did from check to check of a fit. */
  readonly path: readonly PanelShares[];
  /** Index in `points`. */
  readonly chosen: number | null;
  /** Null while the repair runs. */
  readonly result: PanelRepairResult | null;
}

/** Shares of prompts, 0 to 1; null without such prompts. */
export interface PanelShares {
  /** Harmful prompts that are not answered. */
  readonly refused: number;
  readonly task: number | null;
  readonly overRefusal: number | null;
}

export interface PanelRepairPoint extends PanelShares {
  /** The method and what differs among its strengths, e.g. `cut, k 2, side input`. */
  readonly label: string;
  /** Id of the method. */
  readonly method: string;
  readonly meets: boolean;
  /** Share of the harmful prompts to restore that are refused clearly, not just barely; null: not known. */
  readonly clear: number | null;
}

export interface PanelRepairResult {
  readonly outcome: RepairOutcome;
  /** The outcome in a sentence, and each part of the target. */
  readonly text: string;
  readonly targets: readonly string[];
  /** Which method is recommended, and why; null if none were compared. */
  readonly recommendation: string | null;
  /** What speaks against trusting it, the worst first. */
  readonly warnings: readonly string[];
  /**
   * On the prompts that were kept back: the aligned model, the adapter as it is, the repaired one, chance, and the best
   * strength of each other method that was compared.
   */
  readonly variants: readonly PanelVariant[];
  readonly written: PanelWritten | null;
  readonly notes: readonly string[];
}

export interface PanelWritten {
  /** Name of the new folder, beside the adapter's. */
  readonly name: string;
  /** What became of the modules. */
  readonly effect: string;
  readonly loaders: readonly { readonly loader: Loader; readonly verdict: LoadVerdict }[];
}

/** A checkpoint of the training run, as trained and repaired, on the prompts that report. */
export interface PanelRunStep {
  /** Null: the final adapter. */
  readonly step: number | null;
  readonly before: PanelShares;
  /** As before where nothing had to be repaired. */
  readonly after: PanelShares;
}

/** The repair of an adapter. */
export type PanelRepairing =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'running';
      readonly stage: RepairStage | null;
      /** Title of the method whose strengths are measured. */
      readonly method: string | null;
      readonly progress: Pick<MeasureProgress, 'done' | 'total' | 'remainingMs'> | null;
    }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'failed'; readonly error: ErrorText };

export type RepairToPanel =
  | { readonly type: 'repair'; readonly repair: PanelRepair | null; readonly stale: string | null }
  | { readonly type: 'repairing'; readonly run: PanelRepairing }
  /** Of the run that the adapter belongs to, in the order of the steps; empty with fewer than two. */
  | { readonly type: 'repairSteps'; readonly steps: readonly PanelRunStep[] };

export type PanelToRepair =
  | { readonly type: 'cancelRepair' | 'measureRepaired' | 'revealRepaired' }
  | { readonly type: 'exportRepair'; readonly format: RepairFormat };

export const REPAIR_FORMATS = ['json', 'markdown', 'junit'] as const;
export type RepairFormat = (typeof REPAIR_FORMATS)[number];
