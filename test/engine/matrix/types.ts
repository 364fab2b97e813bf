import type { AdapterSpec, ModelSpec } from '../../support/models';

/** What comes of a case is in outcomes.json, by its name. */
export interface MatrixCase {
  readonly name: string;
  /** A path, or an adapter to be made. */
  readonly adapter: string | AdapterSpec;
  /** Paths, or models to be made. */
  readonly models: { readonly base: string; readonly aligned: string } | ModelSpec;
}
