import { parseAdapterKey, type KeyPart } from '../adapter/keys';
import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import type { TensorInfo } from '../safetensors/types';
import type { CheckInput, LoadFinding } from './types';
import { say, type Message, type MessageValue } from '../message';

/** A kind of tensor that stands beside A and B, one number for each row of the weight. */
interface Companion {
  readonly part: KeyPart;
  /** Field of the config without which PEFT makes no parameter for it. */
  readonly field: 'use_dora' | 'lora_bias';
  /** Tensors of another length than the weight's rows; of which the field is not set; that are missing. */
  readonly long: (modules: MessageValue) => Message;
  readonly unread: (modules: MessageValue) => Message;
  readonly missing: (modules: MessageValue) => Message;
}

const COMPANIONS: readonly Companion[] = [
  {
    part: 'magnitude',
    field: 'use_dora',
    long: (modules) =>
      say(
        'The DoRA magnitudes of {0} have another length than the rows of lora_B: PEFT stops with a size mismatch.',
        modules,
      ),
    unread: (modules) =>
      say(
        'The file has DoRA magnitudes for {0}, and "use_dora" is not set: PEFT drops them. Set it to true.',
        modules,
      ),
    missing: (modules) =>
      say(
        'The file has no DoRA magnitudes for {0}, though "use_dora" is set: PEFT takes the norms of the base\'s own rows instead of trained ones, with a warning since 0.14.',
        modules,
      ),
  },
  {
    part: 'bBias',
    field: 'lora_bias',
    long: (modules) =>
      say(
        'The biases of lora_B of {0} have another length than the rows of lora_B: PEFT stops with a size mismatch.',
        modules,
      ),
    unread: (modules) =>
      say(
        'The file has biases of lora_B for {0}, and "lora_bias" is not set: PEFT drops them. Set it to true.',
        modules,
      ),
    missing: (modules) =>
      say(
        'The file has no biases of lora_B for {0}, though "lora_bias" is set: PEFT takes zeros, with a warning since 0.14.',
        modules,
      ),
  },
];

/** Magnitudes and biases of another length than the weight's rows, without their field, or missing though it is set. */
export function companionFindings({ adapter }: CheckInput): LoadFinding[] {
  return COMPANIONS.flatMap((companion) => {
    const { part, field } = companion;
    const [long, unread, without]: [string[], string[], string[]] = [[], [], []];
    const isSet = adapter.config[field] === true;
    for (const module of adapter.modules) {
      const tensor = module.tensors.find(({ name }) => parseAdapterKey(name)?.part === part);
      if (tensor !== undefined && !isSet) unread.push(module.name);
      else if (tensor !== undefined && isOther(tensor, module)) long.push(module.name);
      else if (tensor === undefined && isSet && hasOne(companion, module)) without.push(module.name);
    }
    return [
      ...told('error', long, companion.long),
      ...told('silent', unread, companion.unread),
      ...told('silent', without, companion.missing),
    ].map((finding) => (finding.severity === 'error' ? finding : { ...finding, field }));
  });
}

function told(
  severity: LoadFinding['severity'],
  modules: readonly string[],
  message: (list: MessageValue) => Message,
): LoadFinding[] {
  return modules.length === 0 ? [] : [{ severity, message: message(quotedList(modules)) }];
}

const isEmbedding = ({ a }: AdapterModule): boolean => a.name.includes('lora_embedding_A');

/** Embeddings have no bias. */
const hasOne = ({ part }: Companion, module: AdapterModule): boolean =>
  part === 'magnitude' || !isEmbedding(module);

/** Layers of other kinds than linear ones keep magnitudes in shapes of their own, which are not compared. */
function isOther({ shape }: TensorInfo, module: AdapterModule): boolean {
  if (isEmbedding(module) || module.a.shape.length !== 2) return false;
  return shape.length !== 1 || shape[0] !== module.shape[0];
}
