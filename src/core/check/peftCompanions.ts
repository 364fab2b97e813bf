import { parseAdapterKey, type KeyPart } from '../adapter/keys';
import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import type { TensorInfo } from '../safetensors/types';
import type { CheckInput, LoadFinding } from './types';

/** A kind of tensor that stands beside A and B, one number for each row of the weight. */
interface Companion {
  readonly part: KeyPart;
  /** Field of the config without which PEFT makes no parameter for it. */
  readonly field: 'use_dora' | 'lora_bias';
  readonly plural: string;
  /** What PEFT computes where the file has none. */
  readonly missing: string;
}

const COMPANIONS: readonly Companion[] = [
  {
    part: 'magnitude',
    field: 'use_dora',
    plural: 'DoRA magnitudes',
    missing: "PEFT takes the norms of the base's own rows instead of trained ones",
  },
  {
    part: 'bBias',
    field: 'lora_bias',
    plural: 'biases of lora_B',
    missing: 'PEFT takes zeros',
  },
];

/** Magnitudes and biases of another length than the weight's rows, without their field, or missing though it is set. */
export function companionFindings({ adapter }: CheckInput): LoadFinding[] {
  return COMPANIONS.flatMap((companion) => {
    const { part, field, plural, missing } = companion;
    const [long, unread, without]: [string[], string[], string[]] = [[], [], []];
    const isSet = adapter.config[field] === true;
    for (const module of adapter.modules) {
      const tensor = module.tensors.find(({ name }) => parseAdapterKey(name)?.part === part);
      if (tensor !== undefined && !isSet) unread.push(module.name);
      else if (tensor !== undefined && isOther(tensor, module)) long.push(module.name);
      else if (tensor === undefined && isSet && hasOne(companion, module)) without.push(module.name);
    }
    return [
      ...told(
        'error',
        long,
        (list) =>
          `The ${plural} of ${list} have another length than the rows of lora_B: PEFT stops with a size mismatch.`,
      ),
      ...told(
        'silent',
        unread,
        (list) =>
          `The file has ${plural} for ${list}, and "${field}" is not set: PEFT drops them. Set it to true.`,
      ),
      ...told(
        'silent',
        without,
        (list) =>
          `The file has no ${plural} for ${list}, though "${field}" is set: ${missing}, with a warning since 0.14.`,
      ),
    ].map((finding) => (finding.severity === 'error' ? finding : { ...finding, field }));
  });
}

function told(
  severity: LoadFinding['severity'],
  modules: readonly string[],
  message: (list: string) => string,
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
