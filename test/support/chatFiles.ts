import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SPECIAL = ['<pad>', '<s>', '</s>', '<user>', '<bot>'];
const WORDS = ['how', 'do', 'i', 'bake', 'it', '?', '.', 'sure', 'un', '##known', "'s"];

/** A word-level tokenizer: ids count from `<pad>` on, in the order of `SPECIAL`, then `WORDS`. */
export const TOKENIZER = {
  version: '1.0',
  added_tokens: SPECIAL.map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  normalizer: null,
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
  model: {
    type: 'WordPiece',
    unk_token: '<pad>',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries([...SPECIAL, ...WORDS].map((word, id) => [word, id])),
  },
};
export const TOKENIZER_CONFIG = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  bos_token: '<s>',
  eos_token: { __type: 'AddedToken', content: '</s>', lstrip: false, rstrip: false, normalized: false },
  pad_token: '<pad>',
};
export const TEMPLATE =
  "{{ bos_token }}{% for m in messages %}{{ ' <user> ' + m['content'] }}{% endfor %}{% if add_generation_prompt %} <bot>{% endif %}";

export const chatFiles: Readonly<Record<string, unknown>> = {
  'tokenizer.json': TOKENIZER,
  'tokenizer_config.json': TOKENIZER_CONFIG,
  'chat_template.jinja': TEMPLATE,
  'generation_config.json': { eos_token_id: 2 },
};

/** Writes files into a folder: strings as they are, the rest as JSON; undefined: not at all. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, unknown>> = chatFiles,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    if (content === undefined) continue;
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}
