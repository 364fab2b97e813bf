import * as path from 'node:path';
import type { RepairDocument } from '../../core/results/repair/types';
import { groupByRun } from '../state/runSteps';
import type { AdapterState } from '../state/types';

/** Repairs of the run that an adapter belongs to, in the order of the steps, without copies that they wrote. */
export function repairsOfRun(
  states: readonly Pick<AdapterState, 'adapter' | 'results'>[],
  adapter: string,
): readonly RepairDocument[] {
  const found = new Map(
    states.flatMap(({ adapter: own, results: { repair } }) =>
      repair === undefined ? [] : [[own, repair.document] as const],
    ),
  );
  const written = new Set([...found.values()].map((document) => document.written?.out));
  const trained = states.map((state) => state.adapter).filter((one) => !written.has(path.dirname(one)));
  const run = groupByRun(trained).find((one) => typeof one !== 'string' && one.adapters.includes(adapter));
  return run === undefined || typeof run === 'string'
    ? []
    : run.adapters.flatMap((one) => found.get(one) ?? []);
}
