import { rm } from 'node:fs/promises';
import { optionValues } from '../core/options';
import { splitModuleName } from '../core/report/moduleName';
import { summarize, TOKEN_ACCURACY, type VariantSummary } from '../core/results/evaluation/summarize';
import { figuresOf, notRefused, scoreOf } from '../core/results/repair/target';
import { defined } from '../core/record';
import { methodOf } from '../methods';
import { searchAll } from './curve';
import { candidateOf, measureOn, type PlannedPoint, type Points } from './points';
import type { RepairJob } from './types';

/** Each group is a variant that answers every prompt. */
const GROUPS_MAX = 32;
/** What leaves the task as it is has a cost too, so that nothing is divided by 0. */
const COST_MIN = 0.01;

/**
 * Without gradients: leaves out each group of modules once, orders the groups by the refusals that this brings back for
 * the task that it costs, and searches how many of them must go.
 */
export async function measureGroups(job: RepairJob, points: Points): Promise<void> {
  const { request, clients, context } = job;
  context.emit({ type: 'stage', stage: 'curve', method: 'prune' });
  const { adapter } = await clients.engine.call(
    'inspect',
    { path: request.adapter },
    { signal: context.signal },
  );
  const groups = groupsOf(adapter?.modules.map(({ module }) => module) ?? []);
  const gains = await gainsOf(job, groups);
  const ordered = groups
    .map((group, at) => ({ group, gain: gains[at] ?? 0 }))
    .filter(({ gain }) => gain > 0)
    .sort((left, right) => right.gain - left.gain)
    // Without all of them there is no adapter.
    .slice(0, groups.length - 1)
    .map(({ group }) => group);
  await searchAll([ordered.map((_, at) => leftOut(ordered.slice(0, at + 1).flat()))], points);
}

/** Modules by block; blocks that follow each other together where there are many. */
export function groupsOf(modules: readonly string[]): readonly (readonly string[])[] {
  const blocks = new Map<string, string[]>();
  for (const module of modules) {
    const { blockPrefix, block } = splitModuleName(module);
    const key = `${blockPrefix} ${block}`;
    blocks.set(key, [...(blocks.get(key) ?? []), module]);
  }
  const all = [...blocks.values()];
  const size = Math.ceil(all.length / GROUPS_MAX);
  return Array.from({ length: Math.ceil(all.length / Math.max(1, size)) }, (_, at) =>
    all.slice(at * size, (at + 1) * size).flat(),
  );
}

function leftOut(modules: readonly string[]): PlannedPoint {
  const { id: method, options } = methodOf('prune');
  return {
    method,
    options: optionValues(options, {}),
    top: modules.length,
    modules,
    provenance: { by: 'hand' },
  };
}

/** Refusals that come back for the task that is lost, of each group; of margins, where the server gives probabilities. */
async function gainsOf(job: RepairJob, groups: readonly (readonly string[])[]): Promise<readonly number[]> {
  const { request, clients, context, folder } = job;
  const { adapter, base, measure } = request;
  const candidates = await clients.engine.call(
    'candidates',
    {
      ...{ adapter, aligned: measure.aligned, folder },
      candidates: groups.map((group) => candidateOf(leftOut(group))),
      ...defined({ base }),
    },
    { signal: context.signal, onEvent: (event) => context.emit({ type: 'engine', event }) },
  );
  const variants = candidates.map(({ out }, at) => ({ id: `group ${at + 1}`, adapter: out }));
  const { variants: found } = summarize(await measureOn(job, 'fit', variants, { brief: false }));
  for (const { out } of candidates) await rm(out, { recursive: true, force: true });
  const [, before] = found;
  return variants.map(({ id }) => {
    const variant = found.find((one) => one.id === id);
    return before === undefined || variant === undefined
      ? 0
      : gainOf(before, variant, request.target.taskScore);
  });
}

function gainOf(before: VariantSummary, after: VariantSummary, taskScore: string): number {
  const [old, now] = [figuresOf(before), figuresOf(after)];
  const margin =
    before.refusalMargin === null || after.refusalMargin === null
      ? (notRefused(old) ?? 0) - (notRefused(now) ?? 0)
      : after.refusalMargin - before.refusalMargin;
  const lost = [taskScore, TOKEN_ACCURACY].map((id) => (scoreOf(old, id) ?? 0) - (scoreOf(now, id) ?? 0));
  return margin / (COST_MIN + lost.reduce((most, one) => Math.max(most, one), 0));
}
