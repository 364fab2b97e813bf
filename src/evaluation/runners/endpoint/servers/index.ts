import { say, verbatim, type Message } from '../../../../core/message';
import type { EndpointServer } from '../../../../protocol/evaluatorApi';
import { llamaCpp } from './llamaCpp';
import { mlx } from './mlx';
import { ollama } from './ollama';
import { openai } from './openai';
import type { ServerKind } from './types';
import { vllm } from './vllm';

/** In the order in which a server is asked what it is; the last takes whatever has a list of models. */
export const SERVER_KINDS: readonly ServerKind[] = [vllm, llamaCpp, ollama, mlx, openai];

/** What messages call a server of each kind. */
export const SERVER_NAMES: Readonly<Record<EndpointServer, Message>> = {
  vllm: verbatim('vLLM'),
  'llama.cpp': verbatim('llama-server'),
  mlx: verbatim('mlx_lm.server'),
  ollama: verbatim('Ollama'),
  openai: say('a server with the OpenAI API'),
};
