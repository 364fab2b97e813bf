import { cutPath, lastOfPath } from '../lastPart';
import { say, type Message } from '../message';

/**
 * How publishers name an aligned (chat) model after its base. Each rule takes the last part of a repo id or path and
 * gives the names that its base may have, best first; all rules that match contribute.
 * Sources: the model cards of the families named.
 */
interface NamingRule {
  readonly aligned: RegExp;
  readonly base: readonly string[];
}

const RULES: readonly NamingRule[] = [
  // Llama 2: Llama-2-7b-chat-hf -> Llama-2-7b-hf; the un-converted repos lack the -hf.
  { aligned: /-chat-hf$/i, base: ['-hf', ''] },
  // Mistral: Mistral-7B-Instruct-v0.2 -> Mistral-7B-v0.2 or, as published, v0.1 (v0.2 has no base repo of its own).
  { aligned: /-instruct-v(\d+(?:\.\d+)*)$/i, base: ['-v$1', '-v0.1', ''] },
  // Qwen3: Qwen3-4B-Instruct-2507 -> Qwen3-4B-Base.
  { aligned: /-(?:instruct|thinking)-(\d{4})$/i, base: ['-Base-$1', '-Base', ''] },
  // Llama 3, Qwen 2 and 2.5, SmolLM (…-Instruct -> bare name); Falcon 3, OLMo, Granite (… -> -Base).
  { aligned: /-instruct$/i, base: ['', '-Base', '-base'] },
  // Gemma 1 and 2 drop -it; Gemma 3 says -pt.
  { aligned: /-it$/i, base: ['', '-pt'] },
  // Yi, DeepSeek, Qwen 1.5, InternLM.
  { aligned: /-chat$/i, base: ['', '-base', '-Base'] },
  // TinyLlama-1.1B-Chat-v1.0.
  {
    aligned: /^TinyLlama-1\.1B-Chat-v[\d.]+$/i,
    base: ['TinyLlama-1.1B-intermediate-step-1431k-3T', 'TinyLlama_v1.1'],
  },
  { aligned: /-chat-v(\d+(?:\.\d+)*)$/i, base: ['-v$1', ''] },
  // Zephyr is a Mistral 7B.
  { aligned: /^zephyr-7b-(?:alpha|beta|sft.*)$/i, base: ['Mistral-7B-v0.1'] },
  { aligned: /^zephyr-7b-gemma.*$/i, base: ['gemma-7b'] },
  { aligned: /^vicuna-(\d+)b-v1\.5$/i, base: ['Llama-2-$1b-hf'] },
  // Qwen 3: the chat model has the bare name.
  { aligned: /^(Qwen3-[\d.]+B(?:-A[\d.]+B)?)$/i, base: ['$1-Base'] },
  // Training recipes: name-sft, name-dpo, name-rlhf, name-aligned.
  { aligned: /-(?:sft|dpo|orpo|ppo|rlhf|aligned)$/i, base: ['', '-base'] },
  // A folder named for its part, such as the built-in sample.
  { aligned: /^(?:aligned|chat|instruct)$/i, base: ['base'] },
];

/** Owner of a base where it is published by somebody else than the aligned model. */
const OWNERS: readonly (readonly [RegExp, string])[] = [
  [/^Mistral-7B/i, 'mistralai'],
  [/^Llama-2-/i, 'meta-llama'],
  [/^gemma-/i, 'google'],
  [/^TinyLlama/i, 'TinyLlama'],
];

/**
 * Names that the base of an aligned model may go by, best first; none when no rule knows the name.
 * @param aligned a repo id (`owner/name`) or a path; the result keeps its owner or folder
 */
export function guessBaseNames(aligned: string): string[] {
  const [owner, name] = cutPath(aligned);
  const isRepo = /^[^/\\.~][^/\\]*\/$/.test(owner);
  const guesses = new Set<string>();
  for (const rule of RULES) {
    const match = rule.aligned.exec(name);
    if (match === null) continue;
    for (const base of rule.base) {
      const guess = name.replace(rule.aligned, base);
      if (guess === '' || guess === name) continue;
      guesses.add(owner + guess);
      const published = OWNERS.find(([pattern]) => pattern.test(guess))?.[1];
      if (isRepo && published !== undefined) guesses.add(`${published}/${guess}`);
    }
  }
  return [...guesses];
}

/** How well a model's name fits as base: 0 = first guess; Infinity = not guessed. Compared by last part, case aside. */
export function baseRank(aligned: string, candidate: string): number {
  const wanted = nameKey(candidate);
  const rank = guessBaseNames(aligned).findIndex((guess) => nameKey(guess) === wanted);
  return rank === -1 ? Infinity : rank;
}

/**
 * True if the names show that base and aligned are swapped: `aligned` has the name that the base of `base` would
 * have, and not the other way round.
 */
export function looksSwapped(base: string, aligned: string): boolean {
  return baseRank(base, aligned) !== Infinity && baseRank(aligned, base) === Infinity;
}

/** Models as they are named: a repo id or a path. */
export interface NamedModels {
  readonly base: string;
  readonly aligned: string;
  /** What the adapter says it was trained on. */
  readonly alignedHint?: string;
}

/**
 * One sentence if the names show that base and aligned are swapped: by how publishers name, or because the adapter
 * was trained on what was given as base. Scores alone cannot tell: the span of V is the same, only `reversal` flips.
 */
export function swappedNotes({ base, aligned, alignedHint }: NamedModels): readonly Message[] {
  const hint = alignedHint === undefined ? '' : nameKey(alignedHint);
  const isHinted = (name: string): boolean => hint !== '' && nameKey(name) === hint;
  if (!looksSwapped(base, aligned) && !(isHinted(base) && !isHinted(aligned))) return [];
  return [
    say(
      'By their names, base and aligned look swapped: aligned is the chat model that the adapter was trained on. If they are swapped, every reversal has the wrong sign.',
    ),
  ];
}

/** What two names of the same model have in common: the last part of a path or repo id, in lower case. */
export function nameKey(name: string): string {
  return lastOfPath(name).toLowerCase();
}

/** The name of a model: the repo id of a snapshot in the Hugging Face cache, whose folder is named by a hash; else its path. */
export function modelName(place: string): string {
  const [, repo] = /[\\/]models--([^\\/]+)[\\/]snapshots[\\/][^\\/]+[\\/]?$/.exec(place) ?? [];
  return repo === undefined ? place : repo.replace('--', '/');
}
