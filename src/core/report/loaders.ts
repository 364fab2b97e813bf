import type { LoadedAs } from '../check/loadedAs';
import type { Loader, LoadVerdict } from '../check/types';
import { say, type Message } from '../message';

/** Names of loaders as their projects write them. */
export const LOADER_NAMES: Readonly<Record<Loader, string>> = {
  peft: 'PEFT',
  transformers: 'transformers load_adapter',
  vllm: 'vLLM',
  mlx: 'mlx-lm',
  'llama.cpp': 'llama.cpp',
};

/** Verdicts in words. */
export const VERDICT_TEXTS: Readonly<Record<LoadVerdict, Message>> = {
  same: say('same effect'),
  other: say('another effect'),
  nothing: say('nothing attaches'),
  refused: say('refused'),
  unknown: say('cannot be determined'),
};

/** Whether a user should know of the verdict before the adapter is used. */
export const isDoubtful = ({ verdict }: Pick<LoadedAs, 'verdict'>): boolean =>
  verdict !== 'same' && verdict !== 'unknown';

/** `vLLM 0.32: another effect; 12 of 14 modules attached`. @param total modules of the adapter */
export function loadedAsText({ loader, version, verdict, attached }: LoadedAs, total: number): Message {
  return say(
    '{0} {1}: {2}; {3} of {4} modules attached',
    LOADER_NAMES[loader],
    version,
    VERDICT_TEXTS[verdict],
    attached,
    total,
  );
}
