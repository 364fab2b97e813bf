import type { LoadFinding, Loader, LoadVerdict } from '../core/check/types';
import type { ErrorText } from '../core/errors';

/** A list of names as the page shows it: how many there are, and the first of them. */
export interface PanelNames {
  readonly count: number;
  readonly first: readonly string[];
}

/** How many modules something is said of, and of which for which reason. */
export interface PanelReasons {
  readonly count: number;
  readonly reasons: readonly { readonly reason: string; readonly modules: PanelNames }[];
}

/** A finding in the language of the window. */
export interface PanelFinding extends Omit<LoadFinding, 'message' | 'versions'> {
  readonly message: string;
  readonly versions?: string;
}

/** What one loader would do with the adapter. */
export interface PanelLoaderCheck {
  readonly loader: Loader;
  /** `other-format`: it reads another family of adapters, so it was not asked. */
  readonly verdict: LoadVerdict | 'other-format';
  readonly attached: PanelNames;
  /** Modules that would get no update, though nothing says so. */
  readonly silent: PanelReasons;
  /** Modules of which it cannot be told. */
  readonly unsure: PanelReasons;
  /** Fields of adapter_config.json that make the loader stop. */
  readonly refusedFields: PanelNames;
  readonly findings: readonly PanelFinding[];
  /** Findings beyond those. */
  readonly moreFindings: number;
}

/** What the page shows of a `CheckResult`: counts are whole, lists are cut (a report holds all of them). */
export interface PanelCheckResult {
  /** The model that names were compared with; null: with none. */
  readonly model: string | null;
  /** How many modules the adapter has. */
  readonly modules: number;
  /** One for each loader there is, in the order of `LOADERS`. */
  readonly loaders: readonly PanelLoaderCheck[];
}

export type PanelLoadCheck =
  | { readonly kind: 'running' }
  | { readonly kind: 'failed'; readonly error: ErrorText }
  | {
      readonly kind: 'done';
      readonly result: PanelCheckResult;
      /** The adapter's files, its result or its models have changed since. */
      readonly outdated: boolean;
    };
