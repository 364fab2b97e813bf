import * as path from 'node:path';
import { ADAPTER, ALIGNED } from '../../core/results/evaluation/summarize';
import type { VariantRequest } from '../../protocol/evaluatorApi';

/** Ids are columns of tables and parts of file names: what has no place in them becomes a hyphen. */
const NOT_IN_ID = /[^\p{L}\p{N}._ -]+/gu;
const NOT_FIRST = /^[^\p{L}\p{N}]+/u;
const MAX_ID = 80;

/** Adapters as variants, each called by its folder; a number is added to a name that another one has. */
export function variantIds(adapters: readonly string[]): readonly VariantRequest[] {
  const taken = new Set<string>([ALIGNED, ADAPTER]);
  return adapters.map((adapter) => {
    const name = path.basename(path.dirname(adapter)).replace(NOT_IN_ID, '-').replace(NOT_FIRST, '');
    const base = name === '' ? 'other' : name.slice(0, MAX_ID);
    let id = base;
    for (let count = 2; taken.has(id); count += 1) id = `${base} ${String(count)}`;
    taken.add(id);
    return { id, adapter };
  });
}
