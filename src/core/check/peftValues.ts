import { displayName } from '../safetensors/displayName';
import type { LoadFinding } from './types';
import { say, type Message } from '../message';

/** `peft.TaskType`. */
const TASK_TYPES: ReadonlySet<string> = new Set([
  'SEQ_CLS',
  'SEQ_2_SEQ_LM',
  'CAUSAL_LM',
  'TOKEN_CLS',
  'QUESTION_ANS',
  'FEATURE_EXTRACTION',
]);

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
/** What Python takes as true. */
const isTruthy = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > 0
    : typeof value === 'object' && value !== null
      ? Object.keys(value).length > 0
      : Boolean(value);

/** Values for which `LoraConfig.__post_init__` (0.21.0) raises a ValueError. */
export function valueFindings(config: Readonly<Record<string, unknown>>): LoadFinding[] {
  const findings: LoadFinding[] = [];
  const error = (field: string, message: Message): void => {
    findings.push({ severity: 'error', message, field });
  };
  const task = config['task_type'];
  if (typeof task === 'string' && !TASK_TYPES.has(task)) {
    error('task_type', say('PEFT knows no task_type {0}: set "CAUSAL_LM", or null.', displayName(task)));
  }
  const { layers_to_transform: layers, layers_pattern: pattern } = config;
  if (typeof config['target_modules'] === 'string') {
    const why = say('PEFT refuses it beside target_modules that are one text: set it to null.');
    if (isGiven(layers)) error('layers_to_transform', why);
    if (isGiven(pattern)) error('layers_pattern', why);
  } else if (isTruthy(pattern) && !isGiven(layers)) {
    error('layers_pattern', say('PEFT refuses layers_pattern without layers_to_transform: set it to null.'));
  }
  const { init_lora_weights: init, use_dora: dora } = config;
  if (isTruthy(config['lora_bias']) && (isTruthy(dora) || typeof init === 'string')) {
    error('lora_bias', say('PEFT refuses lora_bias with DoRA or an init_lora_weights that is a text.'));
  }
  if (isTruthy(dora) && isTruthy(config['megatron_config'])) {
    error('megatron_config', say('PEFT refuses DoRA with megatron_config.'));
  }
  if (init === 'loftq' && !isTruthy(config['loftq_config'])) {
    error('loftq_config', say('PEFT refuses init_lora_weights "loftq" without loftq_config.'));
  }
  return findings;
}
