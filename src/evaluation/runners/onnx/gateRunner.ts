import type { Chat } from '../../chat/chat';

export interface OnnxGateRunnerOptions {
  /** Folder, file, or repo id in the local Hugging Face cache. */
  readonly model: string;
  /** Folder or weights file. */
  readonly adapter: string;
  /** The same adapter as method `cut` writes it; absent: gates have no `off`. */
  readonly cut?: string;
  readonly chat: Chat;
  /** Threads of ONNX Runtime. */
  readonly threads: number;
}
