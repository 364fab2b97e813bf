import type { Adapter } from '../core/adapter/types';
import type { Message } from '../core/message';
import type { OptionTable } from '../core/options';
import type { Results } from '../core/results';
import type { TensorFate } from '../core/safetensors/writePlan';

/**
 * What a repair needs besides the adapter; the surfaces ask for these and only these. `selection`: the modules that the
 * user's rule and pins take. A method gets their names, not the scores they were chosen by. The
 * first method that needs a result adds the kind here, and to surfaces that they pass its document in `results`.
 */
export type Need = 'selection';

/** A way to repair an adapter. Flags, settings, questions, validation and help come from this declaration. */
export interface Method<O extends object> {
  /** On the command line and in settings. */
  readonly id: string;
  /** English, translated where it is shown. */
  readonly title: string;
  readonly summary: string;
  readonly needs: readonly Need[];
  /** Every option needs a default. */
  readonly options: OptionTable<O>;
  /**
   * What to write; pure. Loaded on first use: the declaration alone is in every process.
   * @throws SploraError `bad-request` if the adapter or the options do not allow it
   */
  plan(input: RepairInput, options: O): Promise<RepairPlan>;
}

export interface RepairInput {
  readonly adapter: Adapter;
  /** Modules and replacements that the selection takes; empty if the method does not need `selection`. */
  readonly modules: readonly string[];
  /** Documents of the kinds that the method needs. */
  readonly results: Results;
}

export interface RepairPlan {
  /** Tensors that are not listed are copied byte for byte. */
  readonly tensors: ReadonlyMap<string, TensorFate>;
  /** The config to write; absent: it stays as it is. */
  readonly configText?: string;
  /** What becomes of `changed`, as a past participle: `removed`, `scaled by 0.5`. */
  readonly effect: Message;
  /** Modules in natural order, then replacements. */
  readonly changed: readonly string[];
  readonly kept: readonly string[];
  /** For the metadata of the file, with the method and its options. */
  readonly record: Readonly<Record<string, unknown>>;
  /** What the user should know about the result. */
  readonly notes: readonly Message[];
}

/** A method whose options are checked when it plans. */
export interface RepairMethod extends Omit<Method<object>, 'options' | 'plan'> {
  readonly options: OptionTable<Readonly<Record<string, unknown>>>;
  /** @throws SploraError `bad-request`, also for options that the method does not take */
  plan(input: RepairInput, options: Readonly<Record<string, unknown>>): Promise<RepairPlan>;
}
