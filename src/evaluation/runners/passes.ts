import type { PassKind } from '../../core/passes';
import type { Message } from '../../core/message';
import type { PassTensor } from '../../io/passFiles';
import type { ChatMessage, RunOptions } from './types';

/** A prompt that is read, with an answer where the pass reads one. */
export interface PassPrompt {
  readonly messages: readonly ChatMessage[];
  /** The prompt as errors name it. */
  readonly label: Message;
  /** Of the aligned model. */
  readonly answer?: string;
}

/** Of the modules of one layer: numbers by the name of a tensor (`PASS_TENSORS`). */
export type LayerPass = ReadonlyMap<string, PassTensor>;

export interface PassOptions extends RunOptions {
  readonly pass: PassKind;
  /** Called with each layer in turn; the next one is not begun before it has resolved. */
  readonly onLayer: (layer: LayerPass) => Promise<void>;
}

/** Reads prompts and records what the modules of an adapter see. Errors are `SploraError`. */
export interface PassRunner {
  readonly layers: number;
  /** Answers that the model cannot read are left out, with their prompts. @returns tokens that were read */
  record(prompts: readonly PassPrompt[], options: PassOptions): Promise<number>;
}
