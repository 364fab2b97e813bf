import { displayName } from '../safetensors/displayName';
import type { SafetensorsHeader } from '../safetensors/types';

/** A file that is recognised as something else than a LoRA adapter of a language model, and what its owner can do. */
export interface Declined {
  readonly message: string;
  readonly advice: string;
}

const LANGUAGE_ADVICE = 'E-DIEM needs a LoRA adapter of a chat model (PEFT or MLX): choose such a folder.';

interface Layout {
  readonly name: string;
  readonly advice: string;
  readonly test: (tensor: string) => boolean;
}

const endsWithAny =
  (...endings: readonly string[]) =>
  (tensor: string): boolean =>
    endings.some((ending) => tensor.endsWith(ending));
const includesAny =
  (...parts: readonly string[]) =>
  (tensor: string): boolean =>
    parts.some((part) => tensor.includes(part));
const startsWithAny =
  (...starts: readonly string[]) =>
  (tensor: string): boolean =>
    starts.some((start) => tensor.startsWith(start));

const notBaTimes = (formula: string): string =>
  `Its update is ${formula}, not B A, so E-DIEM does not apply. Train a LoRA adapter to score it.`;

/** Tried in this order; the first layout that any tensor shows names the file. */
const LAYOUTS: readonly Layout[] = [
  {
    name: 'a LoHa adapter (hada_w1_a)',
    advice: notBaTimes('a Hadamard product'),
    test: includesAny('.hada_w1_', '.hada_w2_'),
  },
  {
    name: 'a LoKr adapter (lokr_w1)',
    advice: notBaTimes('a Kronecker product'),
    test: includesAny('.lokr_w1', '.lokr_w2', '.lokr_t2'),
  },
  {
    name: 'a kohya (Stable Diffusion) LoRA',
    advice: LANGUAGE_ADVICE,
    test: startsWithAny('lora_unet_', 'lora_te_', 'lora_te1_', 'lora_te2_', 'lora_te3_', 'lora_prior_'),
  },
  {
    name: 'a diffusers LoRA of an image model',
    advice: LANGUAGE_ADVICE,
    test: startsWithAny(
      'unet.',
      'text_encoder.',
      'text_encoder_2.',
      'diffusion_model.',
      'transformer.transformer_blocks.',
      'transformer.single_transformer_blocks.',
    ),
  },
  {
    name: 'a diffusers LoRA of an image model',
    advice: LANGUAGE_ADVICE,
    test: includesAny('.lora.down.', '.lora.up.', '.lora_linear_layer.', '_lora.down.', '_lora.up.'),
  },
  {
    name: 'a kohya-style LoRA (lora_down/lora_up)',
    advice: LANGUAGE_ADVICE,
    test: endsWithAny('.lora_down.weight', '.lora_up.weight', '.lora_mid.weight'),
  },
  {
    name: 'a kohya-style full difference (.diff)',
    advice: LANGUAGE_ADVICE,
    test: endsWithAny('.diff', '.diff_b', '.set_weight', '.dora_scale'),
  },
  {
    name: 'an AdaLoRA adapter (lora_E)',
    advice: notBaTimes('B E A with trained singular values'),
    test: (tensor) => /\.lora_E(\.[^.]+)?$/.test(tensor),
  },
  { name: 'an (IA)3 adapter', advice: notBaTimes('a rescaling'), test: includesAny('.ia3_l') },
  {
    name: 'an OFT adapter',
    advice: notBaTimes('a rotation'),
    test: includesAny('.oft_R', '.oft_r.', '.oft_blocks', '.boft_R', '.oft_diag'),
  },
  {
    name: 'a VeRA adapter',
    advice: notBaTimes('made from shared random matrices'),
    test: includesAny('.vera_lambda_'),
  },
  {
    name: 'a FourierFT adapter',
    advice: notBaTimes('a Fourier transform'),
    test: includesAny('.fourierft_spectrum'),
  },
  {
    name: 'a prompt-tuning adapter',
    advice: 'It adds tokens and changes no weight: there is nothing to prune by module.',
    test: (tensor) =>
      tensor === 'prompt_embeddings' ||
      tensor.endsWith('.prompt_embeddings') ||
      tensor.startsWith('prompt_encoder.'),
  },
  {
    name: 'a LoRA with names of its own (w_a_000, w_b_000), without module names',
    advice:
      'Convert it to PEFT names (<module>.lora_A.weight, <module>.lora_B.weight) with an adapter_config.json.',
    test: (tensor) => /^w_[ab]_\d{1,6}$/.test(tensor),
  },
  {
    name: 'a loralib LoRA (bare .lora_A and .lora_B)',
    advice:
      'Convert it to PEFT names (<module>.lora_A.weight, <module>.lora_B.weight) with an adapter_config.json.',
    test: endsWithAny('.lora_A', '.lora_B'),
  },
];

/** Kinds of PEFT adapters that are not plain LoRA, with what their update is. */
const PEFT_TYPES: ReadonlyMap<string, string> = new Map([
  ['ADALORA', notBaTimes('B E A with trained singular values')],
  ['LOHA', notBaTimes('a Hadamard product')],
  ['LOKR', notBaTimes('a Kronecker product')],
  ['IA3', notBaTimes('a rescaling')],
  ['OFT', notBaTimes('a rotation')],
  ['BOFT', notBaTimes('a rotation')],
  ['VERA', notBaTimes('made from shared random matrices')],
  ['FOURIERFT', notBaTimes('a Fourier transform')],
  ['XLORA', 'It mixes several LoRA adapters at run time: score each of them on its own.'],
]);
const NO_WEIGHTS_TYPES: ReadonlySet<string> = new Set([
  'PROMPT_TUNING',
  'MULTITASK_PROMPT_TUNING',
  'P_TUNING',
  'PREFIX_TUNING',
  'ADAPTION_PROMPT',
  'CPT',
  'CARTRIDGE',
]);

/** Why an adapter of this `peft_type` is not read; undefined for LORA and for configs without the field. */
export function declinePeftType(peftType: string | undefined): Declined | undefined {
  if (peftType === undefined || peftType.toUpperCase() === 'LORA') return undefined;
  const kind = peftType.toUpperCase();
  const advice = NO_WEIGHTS_TYPES.has(kind)
    ? 'It adds tokens and changes no weight: there is nothing to prune by module.'
    : (PEFT_TYPES.get(kind) ?? notBaTimes('of another kind'));
  return { message: `The adapter is of peft_type ${displayName(peftType)}, not LORA`, advice };
}

/** What the tensor names say the file is, when it is no LoRA adapter that can be read; undefined: nothing known. */
export function declineLayout(header: SafetensorsHeader): Declined | undefined {
  for (const layout of LAYOUTS) {
    for (const tensor of header.tensors.keys()) {
      if (layout.test(tensor)) {
        return {
          message: `This is ${layout.name}, which is not scored (tensor ${displayName(tensor)})`,
          advice: layout.advice,
        };
      }
    }
  }
  return undefined;
}

/** For a file in which nothing at all was recognised. */
export function declineUnknown(header: SafetensorsHeader): Declined {
  const first = header.tensors.keys().next();
  return {
    message:
      first.done === true
        ? 'The file holds no tensors'
        : `The file holds no LoRA pair: none of its ${header.tensors.size} tensors (first: ${displayName(first.value)}) ends in lora_A/lora_B`,
    advice:
      'Choose the weights of an adapter (adapter_model.safetensors or adapters.safetensors), not those of a model.',
  };
}
