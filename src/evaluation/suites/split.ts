import { createHash } from 'node:crypto';
import type { Split } from '../../core/results/evaluation/types';

/** Of the hash that splits; suites that are made with another seed carry their split with them. */
export const SPLIT_SEED = 0;

interface Splittable {
  readonly id: string;
  readonly category?: string;
  readonly split?: Split;
}

/**
 * Gives each prompt without a split one: of every category half `fit` and half `test`, by a hash of seed and id, so that
 * neither the order of lines nor the machine matters. Of an odd number, `test` gets one more; a prompt alone in its
 * category goes to either, by its hash.
 */
export function splitInHalf<T extends Splittable>(
  prompts: readonly T[],
  seed = SPLIT_SEED,
): readonly (T & { readonly split: Split })[] {
  const byCategory = new Map<string, T[]>();
  for (const prompt of prompts) {
    if (prompt.split !== undefined) continue;
    const key = prompt.category ?? '';
    const group = byCategory.get(key);
    if (group === undefined) byCategory.set(key, [prompt]);
    else group.push(prompt);
  }
  const fit = new Set<T>();
  for (const [category, group] of byCategory) {
    const ranked = group
      .map((prompt) => ({ prompt, rank: rankOf(seed, prompt.id) }))
      .sort((left, right) => (left.rank < right.rank ? -1 : 1));
    for (const { prompt } of ranked.slice(0, fitCount(category, ranked))) fit.add(prompt);
  }
  return prompts.map((prompt) => ({
    ...prompt,
    split: prompt.split ?? (fit.has(prompt) ? 'fit' : 'test'),
  }));
}

function fitCount(category: string, ranked: readonly { readonly rank: string }[]): number {
  const [only] = ranked;
  const isAlone = category !== '' && ranked.length === 1;
  return isAlone ? Number((only?.rank ?? '') < MIDDLE_RANK) : Math.floor(ranked.length / 2);
}

/** Of the hexadecimal hashes. */
const MIDDLE_RANK = '8';

function rankOf(seed: number, id: string): string {
  return createHash('sha256').update(`${seed} ${id}`).digest('hex');
}
