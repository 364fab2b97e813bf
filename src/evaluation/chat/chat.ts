import { badRequest } from '../../core/errors';
import { say, type Message } from '../../core/message';
import type { FileRecord, TemplateRecord } from '../../core/results/evaluation/types';
import type { ChatMessage } from '../runners/types';
import { chatIdentities, type ChatFolders } from './files';
import { openTemplate } from './template';
import { openTokenizer, type Tokenizer } from './tokenizer';

/** Conversations to token ids, and answers back. */
export interface Chat {
  readonly tokenizer: Tokenizer;
  readonly records: { readonly tokenizer: FileRecord; readonly template?: TemplateRecord };
  readonly notes: readonly Message[];
  /**
   * The ids before the assistant's next answer.
   * @param label the prompt as errors name it
   * @throws SploraError 'bad-request' for one that is too long; those of `ChatTemplate.render` and `Tokenizer.encode`
   */
  prompt(messages: readonly ChatMessage[], label?: Message | string): number[];
  /** The ids of a given text as the answer: as it is split where it follows the prompt. */
  answer(messages: readonly ChatMessage[], text: string): number[];
}

/** Of a prompt or an answer. No model that runs here has a context of a million characters. */
export const TEXT_LENGTH_MAX = 1_000_000;

export interface ChatOptions {
  readonly plainPrompts?: boolean;
}

/** The last ones by their files: a repair opens the same for each of its measurements, a judge another in between. */
const opened = new Map<string, Chat>();
const OPENED_MAX = 2;

/** Errors: those of `openTokenizer` and `openTemplate`. */
export async function openChat(folders: ChatFolders, options: ChatOptions = {}): Promise<Chat> {
  const key = JSON.stringify([folders, options, await chatIdentities(folders)]);
  const chat = opened.get(key) ?? (await readChat(folders, options));
  opened.delete(key);
  opened.set(key, chat);
  for (const oldest of [...opened.keys()].slice(0, -OPENED_MAX)) opened.delete(oldest);
  return chat;
}

async function readChat(folders: ChatFolders, options: ChatOptions): Promise<Chat> {
  const tokenizer = await openTokenizer(folders);
  const template = await openTemplate(folders, { ...options, specialTokens: tokenizer.specialTokens });
  // A template writes the special tokens itself; around plain text the tokenizer puts them.
  const encode = (text: string): number[] =>
    tokenizer.encode(text, { addSpecialTokens: template.record === undefined });
  return {
    tokenizer,
    records: {
      tokenizer: tokenizer.record,
      ...(template.record === undefined ? {} : { template: template.record }),
    },
    notes: [...tokenizer.notes, ...template.notes],
    prompt(messages, label = say('The prompt')) {
      const text = template.render(messages);
      if (text.length <= TEXT_LENGTH_MAX) return encode(text);
      throw badRequest(
        say('{0} has {1} characters, and the limit is {2}', label, text.length, TEXT_LENGTH_MAX),
        say('Shorten the prompt or remove it from the suite.'),
      );
    },
    answer(messages, text) {
      const before = template.render(messages);
      const prompt = tokenizer.encode(before);
      const whole = tokenizer.encode(before + text);
      // Where the last token of the prompt would be joined with the answer's first, a model that generates cannot do so.
      return prompt.every((id, index) => whole[index] === id)
        ? whole.slice(prompt.length)
        : tokenizer.encode(text);
    },
  };
}
