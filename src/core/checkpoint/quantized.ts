import { SploraError } from '../errors';
import { displayName } from '../safetensors/displayName';
import type { DtypeName } from '../safetensors/dtype';
import type { ModelConfig } from './modelConfig';
import type { CheckpointTensor } from './types';
import { say } from '../message';

type Tensors = ReadonlyMap<string, CheckpointTensor>;

/** A tensor name by which a quantization is known; `also` guards against plain models with a like-named parameter. */
interface Mark {
  readonly method: string;
  readonly name: RegExp;
  readonly also?: (stem: string, tensor: CheckpointTensor, tensors: Tensors) => boolean;
}

const EIGHT_BIT = new Set<DtypeName>(['I8', 'U8', 'F8_E4M3', 'F8_E5M2', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ']);

const MARKS: readonly Mark[] = [
  {
    method: 'bitsandbytes',
    name: /^(.*)\.(?:absmax|quant_map|nested_absmax|nested_quant_map|quant_state\..*|SCB)$/s,
  },
  { method: 'GPTQ or AWQ', name: /^(.*)\.(?:qweight|qzeros)$/s },
  { method: 'compressed-tensors', name: /^(.*)\.weight_packed$/s },
  {
    method: 'FP8 or INT8',
    name: /^(.*)\.weight_scale(?:_inv)?$/s,
    also: (stem, _tensor, tensors) => EIGHT_BIT.has(tensors.get(`${stem}.weight`)?.info.dtype ?? 'F32'),
  },
  {
    method: 'MXFP4',
    name: /^(.*)_blocks$/s,
    also: (stem, { info }, tensors) => info.dtype === 'U8' && tensors.has(`${stem}_scales`),
  },
  {
    method: 'MLX',
    name: /^(.*)\.scales$/s,
    also: (stem, _tensor, tensors) => tensors.get(`${stem}.weight`)?.info.dtype === 'U32',
  },
  {
    method: 'FP8, FP6 or FP4',
    name: /^(.*)\.weight$/s,
    also: (_stem, { info }) => /^F(?:4$|[68]_)/.test(info.dtype),
  },
];

/**
 * Refuses quantized weights: V, the difference of two rounded models, would be noise of the rounding.
 * @param path the checkpoint as chosen, for the message
 * @throws SploraError 'unsupported-checkpoint'
 */
export function refuseQuantized(tensors: Tensors, config: ModelConfig, path: string): void {
  const marked = findMark(tensors);
  if (marked === undefined && config.quantization === undefined) return;
  const method = marked?.method ?? displayName(config.quantization ?? '');
  throw new SploraError({
    code: 'unsupported-checkpoint',
    message:
      marked === undefined
        ? say(
            'The checkpoint is quantized ({0}, according to its config.json): the alignment direction would be rounding noise',
            method,
          )
        : say(
            'The checkpoint is quantized ({0}, as the tensor {1} shows): the alignment direction would be rounding noise',
            method,
            displayName(marked.name),
          ),
    file: path,
    ...(marked === undefined ? {} : { tensor: marked.name }),
    advice: say('Choose the bf16 or fp16 version of the same model.'),
  });
}

function findMark(tensors: Tensors): { readonly method: string; readonly name: string } | undefined {
  for (const [name, tensor] of tensors) {
    for (const mark of MARKS) {
      const stem = mark.name.exec(name)?.[1];
      if (stem !== undefined && (mark.also?.(stem, tensor, tensors) ?? true))
        return { method: mark.method, name };
    }
  }
  return undefined;
}
