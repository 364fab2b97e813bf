import { render, type Message } from '../core/message';
import { modelOption, pathOption } from '../core/options';
import { visibleText } from '../core/report/escape';

/** A model's context is small: lists say how many entries they leave out. */
const MAX_LISTED = 40;
const MAX_TEXT = 500;

export const ADAPTER = {
  adapter: pathOption('Folder of a LoRA adapter (PEFT or MLX), or its .safetensors file.'),
} as const;

export const MODELS = {
  base: modelOption('The unaligned (pretrained) model: folder, .safetensors file, or Hugging Face repo ID.'),
  aligned: modelOption('The aligned (chat) model that the adapter was trained on.'),
} as const;

/** Names from files are hostile: a model must not take one for an instruction over several lines. */
export const nameText = (name: string): string => visibleText(name);

export const messageText = (message: Message): string => visibleText(render(message), MAX_TEXT);

export interface Listed<T> {
  readonly shown: readonly T[];
  readonly notShown: number;
}

export function listed<T, U>(all: readonly T[], show: (item: T) => U): Listed<U> {
  return { shown: all.slice(0, MAX_LISTED).map(show), notShown: Math.max(0, all.length - MAX_LISTED) };
}
