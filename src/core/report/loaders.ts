import type { Loader } from '../check/types';

/** Names of loaders as their projects write them. */
export const LOADER_NAMES: Readonly<Record<Loader, string>> = {
  peft: 'PEFT',
  transformers: 'transformers load_adapter',
  vllm: 'vLLM',
  mlx: 'mlx-lm',
  'llama.cpp': 'llama.cpp',
};
