import type { Loader } from '../check/types';

/** The one place that names loaders for users. */
export const LOADER_NAMES: Readonly<Record<Loader, string>> = { peft: 'PEFT', vllm: 'vLLM', mlx: 'mlx-lm' };
