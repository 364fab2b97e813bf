import { rm } from 'node:fs/promises';
import { failure } from '../core/errors';
import { verbatim } from '../core/message';
import type { Provenance } from '../core/provenance';
import { defined } from '../core/record';
import { ADAPTER, ALIGNED, summarize } from '../core/results/evaluation/summarize';
import type { EvaluationDocument, Split } from '../core/results/evaluation/types';
import {
  byTask,
  figuresOf,
  limitsOf,
  missedBy,
  narrowness,
  refusesEnough,
  restoredIn,
  scoreOf,
  type Limits,
} from '../core/results/repair/target';
import { FIT_PROMPTS } from '../core/results/fit/options';
import type { FitDocument } from '../core/results/fit/types';
import type { Figures, MeasuredPoint } from '../core/results/repair/types';
import type { Results } from '../core/results';
import type { CandidateResult } from '../protocol/engineApi';
import type { MeasureRequest, VariantRequest } from '../protocol/evaluatorApi';
import { checkAligned } from './checks';
import type { RepairJob } from './types';

/** Variants that are measured together. */
const MAX_TOGETHER = 16;

/** A strength to measure. */
export interface PlannedPoint extends Pick<MeasuredPoint, 'method' | 'options' | 'top'> {
  readonly modules?: readonly string[];
  readonly provenance?: Provenance;
}

export interface FoundPoint extends MeasuredPoint {
  readonly planned: PlannedPoint;
  /** Its folder is there while it is the best of its method. */
  readonly candidate: CandidateResult;
  /** The gates that it is made of. */
  readonly fit?: FitDocument;
}

/** Writes strengths as adapters, measures them on the fit split, and remembers what came out. */
export class Points {
  readonly found: FoundPoint[] = [];
  private readonly byKey = new Map<string, FoundPoint>();

  private constructor(
    private readonly job: RepairJob,
    /** Of the models as they are. */
    readonly before: { readonly aligned: Figures; readonly adapter: Figures },
    /** The target on the fit split. */
    readonly limits: Limits,
  ) {}

  /** Measures the models as they are. @throws SploraError those of `measure` and `checkAligned` */
  static async open(job: RepairJob): Promise<Points> {
    const { request, context } = job;
    context.emit({ type: 'stage', stage: 'before' });
    const document = await measureOn(job, 'fit', []);
    const before = { aligned: figuresIn(document, ALIGNED), adapter: figuresIn(document, ADAPTER) };
    checkAligned(before.aligned, document);
    const limits = limitsOf(request.target, before.aligned);
    context.emit({ type: 'before', ...before, limits });
    return new Points(job, before, limits);
  }

  /** By how much the adapter as it is misses the target. */
  get missedBefore(): number {
    return missedBy(this.before.adapter, this.limits, this.job.request.target);
  }

  /**
   * The points in their order; those that were measured before are not measured again.
   * @param directions of the alignment that later points may need
   */
  async measure(
    points: readonly PlannedPoint[],
    { directions, results }: { readonly directions?: number | undefined; readonly results?: Results } = {},
  ): Promise<readonly FoundPoint[]> {
    const open = new Map(points.map((point) => [keyOf(point), point]));
    for (const key of this.byKey.keys()) open.delete(key);
    const all = [...open.values()];
    for (let from = 0; from < all.length; from += MAX_TOGETHER)
      await this.measureSome(all.slice(from, from + MAX_TOGETHER), { directions, results });
    return points.flatMap((point) => this.byKey.get(keyOf(point)) ?? []);
  }

  /** Whether enough harmful prompts are refused, and not just barely. */
  suffices(point: MeasuredPoint): boolean {
    return refusesEnough(point.figures, this.limits) && this.narrowness(point) === 0;
  }

  /** The point that reaches the target with the best task, of these methods or of all; else the closest one. */
  best(...methods: readonly string[]): FoundPoint | undefined {
    const { target } = this.job.request;
    const among = this.found.filter(({ method }) => methods.length === 0 || methods.includes(method));
    return [...among].sort(
      (left, right) =>
        missedBy(left.figures, this.limits, target) - missedBy(right.figures, this.limits, target) ||
        this.narrowness(left) - this.narrowness(right) ||
        byTask(left.figures, right.figures, target),
    )[0];
  }

  /** Whether some point reaches the target with all of the task that the adapter had: no other can be better. */
  isAsGoodAsBefore(...methods: readonly string[]): boolean {
    const best = this.best(...methods);
    const { taskScore } = this.job.request.target;
    return (
      best?.meets === true &&
      this.suffices(best) &&
      this.taskScore(best) >= (scoreOf(this.before.adapter, taskScore) ?? 0)
    );
  }

  /** On the fit split, as the target scores it. */
  taskScore({ figures }: MeasuredPoint): number {
    return scoreOf(figures, this.job.request.target.taskScore) ?? 0;
  }

  private narrowness(point: MeasuredPoint): number {
    return narrowness(point, this.limits, this.before.aligned);
  }

  private async measureSome(
    points: readonly PlannedPoint[],
    {
      directions,
      results,
    }: { readonly directions: number | undefined; readonly results: Results | undefined },
  ): Promise<void> {
    const { request, clients, context, folder, passes } = this.job;
    const { adapter, base, safety } = request;
    const { aligned } = request.measure;
    const candidates = await clients.engine.call(
      'candidates',
      {
        ...{ adapter, aligned, folder, candidates: points.map(candidateOf) },
        ...defined({ base, safety, directions, results, passes: passes.folder }),
      },
      { signal: context.signal, onEvent: (event) => context.emit({ type: 'engine', event }) },
    );
    const idOf = (at: number): string => `point ${this.found.length + at + 1}`;
    const variants = candidates.map(({ out }, at) => ({ id: idOf(at), adapter: out }));
    const document = await measureOn(this.job, 'fit', variants);
    const measured = points.flatMap((planned, at): FoundPoint[] => {
      const candidate = candidates[at];
      if (candidate === undefined) return [];
      const figures = figuresIn(document, idOf(at));
      const { method, options, top } = planned;
      const meets = missedBy(figures, this.limits, request.target) === 0;
      const restored = restoredIn(document, idOf(at));
      const more = defined({ top, restored, fit: results?.fit });
      return [{ ...{ method, options, figures, meets, planned, candidate }, ...more }];
    });
    for (const point of measured) this.add(point);
    await this.removeOthers(measured);
  }

  private add(point: FoundPoint): void {
    this.found.push(point);
    this.byKey.set(keyOf(point.planned), point);
    this.job.context.emit({ type: 'point', point: plainPoint(point) });
  }

  /** Large adapters fill a disk: only the best of each method is kept. */
  private async removeOthers(measured: readonly FoundPoint[]): Promise<void> {
    for (const method of new Set(measured.map((point) => point.method))) {
      const best = this.best(method);
      for (const { candidate, method: of } of this.found)
        if (of === method && candidate !== best?.candidate)
          await rm(candidate.out, { recursive: true, force: true });
    }
  }
}

/** What the document has of a point. */
export function plainPoint({ method, options, top, figures, meets, restored }: MeasuredPoint): MeasuredPoint {
  return { ...{ method, options, figures, meets }, ...defined({ top, restored }) };
}

export function candidateOf({
  method,
  options,
  modules,
  provenance,
}: PlannedPoint): CandidateResult['candidate'] {
  return { method, options, ...defined({ modules, provenance }) };
}

const keyOf = ({ method, options, top, modules }: PlannedPoint): string =>
  JSON.stringify([
    method,
    Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)),
    top ?? null,
    modules ?? null,
  ]);

/** @throws SploraError `internal` for a variant that was not measured */
export function figuresIn(document: EvaluationDocument, id: string): Figures {
  const variant = summarize(document).variants.find((one) => one.id === id);
  if (variant === undefined) throw failure('internal', verbatim(`${id} was not measured`));
  return figuresOf(variant);
}

/** Answers of the models as they are are asked once. */
export async function measureOn(
  { request, clients, context, memory }: RepairJob,
  split: Split,
  variants: readonly VariantRequest[],
  { brief = split === 'fit' }: { readonly brief?: boolean } = {},
): Promise<EvaluationDocument> {
  const { adapter, measure, fitLimit = FIT_PROMPTS, testLimit } = request;
  const limit = split === 'fit' ? fitLimit : testLimit;
  const measureRequest: MeasureRequest = {
    ...{ ...measure, adapter, variants, split, spread: true },
    ...(brief ? { brief } : {}),
    ...defined({ limit, known: memory.known.get(split) }),
  };
  const document = await clients.evaluator.call('measure', measureRequest, {
    signal: context.signal,
    onEvent: (event) => context.emit({ type: 'measure', event }),
  });
  memory.known.set(split, document);
  return document;
}
