import { llamaCpp } from './llamaCpp';
import { mlx } from './mlx';
import { ollama } from './ollama';
import { openai } from './openai';
import type { ServerKind } from './types';
import { vllm } from './vllm';

/** In the order in which a server is asked what it is; the last takes whatever has a list of models. */
export const SERVER_KINDS: readonly ServerKind[] = [vllm, llamaCpp, ollama, mlx, openai];
