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
 * neither the order of lines nor the machine matters. Of an odd number, `test` gets one more.
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
  for (const group of byCategory.values()) {
    const ranked = group
      .map((prompt) => ({ prompt, rank: rankOf(seed, prompt.id) }))
      .sort((left, right) => (left.rank < right.rank ? -1 : 1));
    for (const { prompt } of ranked.slice(0, Math.floor(group.length / 2))) fit.add(prompt);
  }
  return prompts.map((prompt) => ({
    ...prompt,
    split: prompt.split ?? (fit.has(prompt) ? 'fit' : 'test'),
  }));
}

function rankOf(seed: number, id: string): string {
  return createHash('sha256').update(`${seed} ${id}`).digest('hex');
}
