import { say } from '../../../../core/message';
import { displayName } from '../../../../core/safetensors/displayName';
import type { Decoder } from '../decoder';
import type { ConfigReader } from './config';
import { declineModel } from './decline';
import { gemma, gemma2, gemma3 } from './gemma';
import { gpt2, gptNeox } from './gpt';
import { granite, llama, mistral, olmo2, qwen2, qwen3, smollm3 } from './llama';
import { phi3 } from './phi3';
import type { Family } from './types';

export const FAMILIES: readonly Family[] = [
  llama,
  mistral,
  qwen2,
  qwen3,
  gemma,
  gemma2,
  gemma3,
  smollm3,
  olmo2,
  phi3,
  gpt2,
  gptNeox,
  granite,
];

/** Models whose `text_config` is one of the families, and that are asked nothing but text here. */
const WITH_TEXT_PART = new Set(['gemma3']);

/**
 * What the model of a config.json computes.
 * @param hasHead whether the checkpoint has a head of its own; it decides where the config does not say
 * @throws SploraError 'unsupported-checkpoint' with the name of what is not known, or 'bad-config'
 */
export function readDecoder(config: ConfigReader, hasHead: boolean): Decoder {
  const outer = config.text('model_type', '');
  const inner = WITH_TEXT_PART.has(outer) ? config.object('text_config') : undefined;
  const text = inner ?? config;
  const type = inner === undefined ? outer : inner.text('model_type', `${outer}_text`);
  const family = FAMILIES.find(({ modelTypes }) => modelTypes.includes(type));
  if (family === undefined)
    throw declineModel(
      config.file,
      say(
        'The in-process runner does not support models of type {0}. Supported: {1}.',
        displayName(type),
        FAMILIES.map(({ title }) => title).join(', '),
      ),
    );
  const tied = config.flag('tie_word_embeddings', text.flag('tie_word_embeddings', !hasHead));
  return { family: family.title, ...family.decoder(text, tied) };
}
