import type { Loader } from '../check/types';
import { choice, modelOption } from '../options';

export const EXPORT_TARGETS = ['peft', 'vllm', 'mlx', 'gguf'] as const;
/** What an adapter can be written for. */
export type ExportTarget = (typeof EXPORT_TARGETS)[number];

/** A program, or a group of programs, that needs adapters in a form of its own. English, translated where it is shown. */
interface Target {
  readonly title: string;
  readonly summary: string;
  /** Whose rules the written files are checked with. */
  readonly loader: Loader;
  /** The form depends on the model. */
  readonly needsModel?: true;
  /** Nothing here reads the written file again. */
  readonly isFinal?: true;
}

/** In the order of menus and help. Adding one takes a line here, and how its files are planned in `index.ts`. */
export const TARGETS: Readonly<Record<ExportTarget, Target>> = {
  peft: {
    title: 'PEFT',
    summary: 'As PEFT and transformers load it.',
    loader: 'peft',
  },
  vllm: {
    title: 'vLLM',
    summary: 'One rank and one scale for all modules, without rsLoRA and patterns.',
    loader: 'vllm',
  },
  mlx: {
    title: 'mlx-lm',
    summary: 'Factors transposed, with one rank and one scale for all modules.',
    loader: 'mlx',
  },
  gguf: {
    title: 'llama.cpp',
    summary: 'One GGUF file for llama-server --lora. Needs the model.',
    loader: 'llama.cpp',
    needsModel: true,
    isFinal: true,
  },
};

export const TARGET_SUMMARIES = Object.fromEntries(
  EXPORT_TARGETS.map((target) => [target, TARGETS[target].summary]),
) as Readonly<Record<ExportTarget, string>>;

/** The loader that an adapter is written for. */
export const FOR_OPTION = choice(
  EXPORT_TARGETS,
  'Write it for this loader: the same effect, or an error that says why.',
  TARGET_SUMMARIES,
);

/** The model that the form of some targets depends on. */
export const FOR_MODEL_OPTION = modelOption(
  'For gguf: the model that it is to be loaded onto (default: the one that the adapter names).',
);
