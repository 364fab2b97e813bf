import { checkMlx } from './mlx';
import { checkPeft } from './peft';
import type { CheckInput, Loader, LoaderCheck } from './types';
import { checkVllm } from './vllm';

const CHECKS: Readonly<Record<Loader, (input: CheckInput) => LoaderCheck>> = {
  peft: checkPeft,
  vllm: checkVllm,
  mlx: checkMlx,
};

/** What each loader would do with the adapter; without a choice, those that the adapter's family is made for. */
export function checkLoad(input: CheckInput, loaders?: readonly Loader[]): LoaderCheck[] {
  const chosen = loaders ?? (input.adapter.family === 'mlx' ? ['mlx'] : ['peft', 'vllm']);
  return [...new Set(chosen)].map((loader: Loader) => CHECKS[loader](input));
}
