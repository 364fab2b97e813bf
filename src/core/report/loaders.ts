import { PEFT_NEWEST, PEFT_OLDEST } from '../check/versions';
import type { Loader } from '../check/types';

/** The one place that names loaders for people. */
export const LOADER_NAMES: Readonly<Record<Loader, string>> = { peft: 'PEFT', vllm: 'vLLM', mlx: 'mlx-lm' };

/** First and last release that a loader's verdict was looked up for; absent: the newest only. */
export const LOADER_VERSIONS: Readonly<Partial<Record<Loader, readonly [string, string]>>> = {
  peft: [`0.${String(PEFT_OLDEST)}`, `0.${String(PEFT_NEWEST)}`],
};
