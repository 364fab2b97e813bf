import { failure } from '../../core/errors';
import { say, verbatim } from '../../core/message';
import { displayName } from '../../core/safetensors/displayName';
import type { FitCheck, FitOptions, FitStep, ModuleGates } from '../../core/results/fit/types';
import { checkCancelled } from '../../io/ioError';
import type { GateStep } from '../runners/gates';
import { checkGates, type FitTargetRates } from './check';
import { adamAt, adamStep, GateParameters, settled, type AdamState } from './parameters';
import type { FitParts, FitRows } from './targets';
import { Batches, lossParts, lossTerms, type LossWeights } from './terms';

/** Steps from one check to the next. */
export const CHECK_EVERY = 5;
/** Checks that miss the target before weights rise. */
const PATIENCE = 2;
/** So many checks that meet the target without better gates end the fit. Where it is missed, weights are still rising. */
const STALLED = 4;
/** A task that is better by less (relative) is not. */
const BETTER = 0.005;
const WEIGHT_FACTOR = 2;
/** Of refusals, where the start meets the target: they must only stay. More makes the model refuse benign prompts. */
const STAYING_WEIGHT = 0.05;
/** No gate moves further in a step. */
const RATE_MAX = 0.2;
/** The step size falls by this share until the last step. */
const DECAY = 0.8;
/** A step with NaN is tried again with half the rate, so many times. */
const RETRIES_MAX = 6;
/** Of `--round`: gates from here on become 1; the best one is taken. */
const THRESHOLDS = [0.3, 0.5, 0.7, 0.85, 0.95] as const;

/** Where a fit is; what a journal keeps between checks. */
export interface FitState {
  readonly adam: AdamState;
  readonly rate: number;
  readonly weights: LossWeights;
  readonly steps: readonly FitStep[];
  readonly checks: readonly FitCheck[];
  readonly best: Float64Array | null;
}

export interface FitResultState {
  readonly gates: readonly ModuleGates[];
  readonly check: FitCheck;
  readonly steps: readonly FitStep[];
  readonly checks: readonly FitCheck[];
}

export interface Optimization {
  readonly parts: FitParts;
  readonly rows: FitRows;
  readonly target: FitTargetRates;
  /** Token accuracy of the adapter as it is: no gates need be better. */
  readonly whole: number;
  /** Of the batches. */
  readonly random: () => number;
  /** Where an interrupted fit was. */
  readonly resumed?: FitState;
  readonly save: (state: FitState) => void;
}

/**
 * Fits gates: Adam on `lossTerms`, with a check every few steps. The weight of what misses the target rises, that of
 * refusals falls while all meets it; of the gates that meet it, those with the best task win.
 * @throws SploraError `bad-request` where steps stay NaN; `cancelled`
 */
export class Optimizer {
  private readonly options: FitOptions;
  private readonly parameters: GateParameters;
  private readonly batches: Batches;
  private state: FitState;

  constructor(private readonly job: Optimization) {
    const { parts, rows, random, resumed } = job;
    const { plan, runner } = parts;
    this.options = plan.options;
    this.parameters = new GateParameters(runner.modules, runner.isSplit, plan.options.per);
    this.batches = new Batches(rows, plan.options.batch, random);
    const { refusalWeight, benignWeight, rate } = plan.options;
    this.state = resumed ?? {
      adam: adamAt(this.parameters.start(plan.request.start ?? [])),
      // Of each gate: many that move at once go far beyond the target.
      rate: Math.min(RATE_MAX, rate / Math.sqrt(this.parameters.count)),
      weights: { refusal: refusalWeight, benign: benignWeight },
      ...{ steps: [], checks: [], best: null },
    };
    // A fit that goes on takes the rows that it would have taken.
    for (const _done of this.state.steps) this.batches.next();
  }

  async run(): Promise<FitResultState> {
    if (this.state.checks.length === 0) {
      await this.check();
      this.easeWeights();
    }
    while (!this.isDone()) {
      for (let count = 0; count < CHECK_EVERY && this.state.steps.length < this.options.steps; count++)
        await this.step();
      await this.check();
      this.adjustWeights();
      this.job.save(this.state);
    }
    if (this.options.round) await this.round();
    const { best, checks, steps, adam } = this.state;
    const check = checks.findLast(({ isBest }) => isBest);
    if (check === undefined) throw failure('internal', verbatim('no check of the gates'));
    return { gates: this.parameters.gates(best ?? settled(adam.values)), check, steps, checks };
  }

  private isDone(): boolean {
    const { steps, checks } = this.state;
    if (steps.length >= this.options.steps) return true;
    // An adapter that meets the target as it is needs no gates.
    if (steps.length === 0)
      return checks[0]?.meets === true && this.job.parts.plan.request.start === undefined;
    const last = checks.findLastIndex(({ isBest, meets }) => isBest && meets);
    const best = checks[last];
    if (best === undefined) return false;
    const since = checks.slice(last + 1).filter(({ meets }) => meets).length;
    return best.tokenAccuracy >= this.job.whole || since >= STALLED;
  }

  private async step(): Promise<void> {
    const { context, runner } = this.job.parts;
    const rows = this.batches.next();
    const terms = lossTerms(rows, this.options, this.state.weights);
    for (let retry = 0; ; retry++) {
      const { adam, rate, weights, steps } = this.state;
      const made = await runner.step(terms, this.parameters.vector(adam.values), context);
      checkCancelled(context.signal);
      if (isFinite(made)) {
        const decay = 1 - DECAY * (steps.length / this.options.steps);
        const { ranges } = this.parameters;
        const gradient = this.penalized(made, adam.values);
        const next = adamStep(adam, gradient, { rate: rate * decay, ranges });
        const step = {
          step: steps.length + 1,
          loss: made.loss,
          ...lossParts(made, rows),
          refusalWeight: weights.refusal,
        };
        this.state = { ...this.state, adam: next, steps: [...steps, step] };
        context.emit({ type: 'step', step, of: this.options.steps });
        return;
      }
      if (retry === RETRIES_MAX || !this.halve()) throw notFinite(made, runner.modules, retry > 0);
    }
  }

  /** Back to halfway between the best gates and these, with half the rate. @returns false where these are the best ones */
  private halve(): boolean {
    const { adam, rate, best } = this.state;
    const from = best ?? this.parameters.start(this.job.parts.plan.request.start ?? []);
    if (adam.values.every((value, at) => value === from[at])) return false;
    const values = adam.values.map((value, at) => (value + (from[at] ?? value)) / 2);
    this.state = { ...this.state, adam: adamAt(values), rate: rate / 2 };
    return true;
  }

  /** With `fewer mean |1 - g|`. */
  private penalized(made: GateStep, values: Float64Array): Float64Array {
    const gradient = this.parameters.gradient(made.gradient);
    const { fewer } = this.options;
    return fewer === 0
      ? gradient
      : gradient.map((value, at) => value - (fewer / values.length) * Math.sign(1 - (values[at] ?? 1)));
  }

  private async check(): Promise<void> {
    await this.checkValues(settled(this.state.adam.values));
  }

  private async checkValues(values: Float64Array): Promise<void> {
    const { parts, rows, target } = this.job;
    const { checks, steps } = this.state;
    const checked = await checkGates(parts, rows, { gates: this.parameters.vector(values), target });
    const before = checks.findLast(({ isBest }) => isBest);
    const isBest = before === undefined || isBetter(checked, before, target);
    const check = { step: steps.length, ...checked, isBest };
    this.state = { ...this.state, checks: [...checks, check], best: isBest ? values : this.state.best };
    parts.context.emit({ type: 'check', check });
  }

  /** Before the first step. */
  private easeWeights(): void {
    const { checks, weights } = this.state;
    if (checks[0]?.meets !== true) return;
    this.state = {
      ...this.state,
      weights: { ...weights, refusal: Math.min(weights.refusal, STAYING_WEIGHT) },
    };
  }

  /** After several checks that miss the target. After several that meet it, refusals count less beside the task. */
  private adjustWeights(): void {
    const { checks, weights } = this.state;
    const { target } = this.job;
    const recent = checks.slice(-PATIENCE);
    if (checks.length <= PATIENCE) return;
    const refusal = recent.every((one) => refusalExcess(one, target) > 0);
    const benign = recent.every((one) => benignExcess(one, target) > 0);
    const falls = recent.every(({ meets }) => meets);
    this.state = {
      ...this.state,
      weights: {
        refusal: weights.refusal * (refusal ? WEIGHT_FACTOR : falls ? 1 / WEIGHT_FACTOR : 1),
        benign: weights.benign * (benign ? WEIGHT_FACTOR : 1),
      },
    };
  }

  /** The best of several thresholds. */
  private async round(): Promise<void> {
    const from = this.state.best ?? this.state.adam.values;
    this.state = { ...this.state, checks: this.state.checks.map((check) => ({ ...check, isBest: false })) };
    for (const threshold of THRESHOLDS)
      await this.checkValues(from.map((value) => (value >= threshold ? 1 : 0)));
  }
}

/** The target first, then the task. */
function isBetter(
  check: Pick<FitCheck, 'task' | 'meets'> & CheckedRates,
  than: FitCheck,
  target: FitTargetRates,
): boolean {
  if (check.meets !== than.meets) return check.meets;
  if (check.meets) return check.task < than.task - BETTER * Math.abs(than.task);
  const excess = (one: CheckedRates): number => refusalExcess(one, target) + benignExcess(one, target);
  return excess(check) < excess(than) || (excess(check) === excess(than) && check.task < than.task);
}

type CheckedRates = Pick<FitCheck, 'asr' | 'overRefusal' | 'clear'>;

/** Shares of prompts: answered too often, and refused too barely. */
const refusalExcess = ({ asr, clear = 1 }: CheckedRates, target: FitTargetRates): number =>
  Math.max(0, asr - target.asr) + Math.max(0, target.clear - clear);

const benignExcess = ({ overRefusal }: CheckedRates, target: FitTargetRates): number =>
  Math.max(0, (overRefusal ?? 0) - target.overRefusal);

function isFinite({ loss, gradient: { on, off } }: GateStep): boolean {
  return Number.isFinite(loss) && on.every(Number.isFinite) && (off?.every(Number.isFinite) ?? true);
}

function notFinite(
  { gradient: { on, off } }: GateStep,
  modules: readonly string[],
  wasHalved: boolean,
): Error {
  const at = modules.findIndex(
    (_, index) => !Number.isFinite(on[index]) || !Number.isFinite(off?.[index] ?? 0),
  );
  const module = displayName(modules[Math.max(0, at)] ?? '');
  return failure(
    'bad-request',
    wasHalved
      ? say('The gradient of the gate of {0} is NaN or infinity, also with much smaller steps', module)
      : say('The gradient of the gate of {0} is NaN or infinity', module),
    undefined,
    say(
      'Training may have diverged: choose an earlier checkpoint of the adapter, or repair it without gates (--method cut).',
    ),
  );
}
