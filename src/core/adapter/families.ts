import { displayName } from '../safetensors/displayName';
import type { SafetensorsHeader } from '../safetensors/types';
import { say, type Message } from '../message';
import { isPlainFactor } from './keys';

/** A file that is recognized as something else than a LoRA adapter of a language model, and what its owner can do. */
export interface Declined {
  readonly message: Message;
  readonly advice: Message;
}

const LANGUAGE_ADVICE = say(
  'E-DIEM needs a LoRA adapter (PEFT or MLX) of a chat model. Choose the folder of such an adapter.',
);
const NOTHING_BY_MODULE = say(
  'It adds tokens and changes no weights, so there are no modules to prune. Choose a LoRA adapter.',
);
const PEFT_NAMES_ADVICE = say(
  'Convert it to PEFT names (<module>.lora_A.weight, <module>.lora_B.weight) with an adapter_config.json.',
);

interface Layout {
  readonly name: Message;
  readonly advice: Message;
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

const notBa = (formula: Message): Message =>
  say(
    'Its update is {0}, not B A. Only LoRA adapters can be scored, measured in-process, and repaired.',
    formula,
  );
const ADALORA = notBa(say('B E A with trained singular values'));
const LOHA = notBa(say('a Hadamard product'));
const LOKR = notBa(say('a Kronecker product'));
const IA3 = notBa(say('a rescaling'));
const OFT = notBa(say('a rotation'));
const VERA = notBa(say('made from shared random matrices'));
const FOURIERFT = notBa(say('a Fourier transform'));

/** Blocks of image and video models (Stable Diffusion, Flux, HunyuanVideo, Wan), which PEFT would put behind its prefix. */
const IMAGE_BLOCKS =
  /^(?:(?:transformer\.)?(?:single_|double_)?(?:transformer_)?blocks\.\d+\.(?:attn|img_attn|txt_attn|self_attn\.[qkvo]|cross_attn\.[qkvo]|ffn|linear[12]|norm)|(?:down|up)_blocks\.|mid_block\.)/;

/** Tried in this order; the first layout that any tensor shows names the file. */
const LAYOUTS: readonly Layout[] = [
  {
    name: say('a LoHa adapter (hada_w1_a)'),
    advice: LOHA,
    test: includesAny('.hada_w1_', '.hada_w2_'),
  },
  {
    name: say('a LoKr adapter (lokr_w1)'),
    advice: LOKR,
    test: includesAny('.lokr_w1', '.lokr_w2', '.lokr_t2'),
  },
  {
    name: say('a kohya (Stable Diffusion) LoRA'),
    advice: LANGUAGE_ADVICE,
    test: startsWithAny('lora_unet_', 'lora_te_', 'lora_te1_', 'lora_te2_', 'lora_te3_', 'lora_prior_'),
  },
  {
    name: say('a diffusers LoRA of an image model'),
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
    name: say('a diffusers LoRA of an image model'),
    advice: LANGUAGE_ADVICE,
    test: includesAny('.lora.down.', '.lora.up.', '.lora_linear_layer.', '_lora.down.', '_lora.up.'),
  },
  {
    name: say('a diffusers LoRA of an image model'),
    advice: LANGUAGE_ADVICE,
    test: (tensor) => IMAGE_BLOCKS.test(tensor) || /\.lora_[AB]_\d{1,6}\./.test(tensor),
  },
  {
    name: say('an XLabs LoRA of an image model'),
    advice: LANGUAGE_ADVICE,
    test: (tensor) => /_lora\d{0,6}\.(?:down|up)\./.test(tensor),
  },
  {
    name: say('an IP-Adapter of an image model'),
    advice: LANGUAGE_ADVICE,
    test: includesAny('.to_k_ip.', '.to_v_ip.'),
  },
  {
    name: say('a textual inversion'),
    advice: NOTHING_BY_MODULE,
    test: (tensor) => ['emb_params', 'clip_l', 'clip_g', 'string_to_param.*'].includes(tensor),
  },
  {
    name: say('a torchtune adapter (lora_a.weight)'),
    advice: say(
      'Choose the adapter_model.safetensors that the Hugging Face checkpointer of torchtune writes beside it, with PEFT names.',
    ),
    test: endsWithAny('.lora_a.weight', '.lora_b.weight'),
  },
  {
    name: say('an mlx-vlm adapter (.A and .B)'),
    advice: say(
      'Convert it to the names of mlx-lm (<module>.lora_a, <module>.lora_b) with its alpha as lora_parameters.scale: mlx-vlm does not divide by the rank.',
    ),
    test: (tensor) => /_proj\.[AB]$/.test(tensor),
  },
  {
    name: say('a kohya-style LoRA (lora_down/lora_up)'),
    advice: LANGUAGE_ADVICE,
    test: endsWithAny('.lora_down.weight', '.lora_up.weight', '.lora_mid.weight'),
  },
  {
    name: say('a kohya-style full difference (.diff)'),
    advice: LANGUAGE_ADVICE,
    test: endsWithAny('.diff', '.diff_b', '.set_weight', '.dora_scale'),
  },
  {
    name: say('an AdaLoRA adapter (lora_E)'),
    advice: ADALORA,
    test: (tensor) => /\.lora_E(\.[^.]+)?$/.test(tensor),
  },
  { name: say('an (IA)3 adapter'), advice: IA3, test: includesAny('.ia3_l') },
  {
    name: say('an OFT adapter'),
    advice: OFT,
    test: includesAny('.oft_R', '.oft_r.', '.oft_blocks', '.boft_R', '.oft_diag'),
  },
  {
    name: say('a VeRA adapter'),
    advice: VERA,
    test: includesAny('.vera_lambda_'),
  },
  {
    name: say('a FourierFT adapter'),
    advice: FOURIERFT,
    test: includesAny('.fourierft_spectrum'),
  },
  {
    name: say('a prompt-tuning adapter'),
    advice: NOTHING_BY_MODULE,
    test: (tensor) =>
      tensor === 'prompt_embeddings' ||
      tensor.endsWith('.prompt_embeddings') ||
      tensor.startsWith('prompt_encoder.'),
  },
  {
    name: say('a LoRA with custom tensor names (w_a_000, w_b_000), without module names'),
    advice: PEFT_NAMES_ADVICE,
    test: (tensor) => /^w_[ab]_\d{1,6}$/.test(tensor),
  },
  {
    name: say('a loralib LoRA (bare .lora_A and .lora_B)'),
    advice: PEFT_NAMES_ADVICE,
    test: endsWithAny('.lora_A', '.lora_B'),
  },
];

/** Kinds of PEFT adapters that are not plain LoRA, with what their update is. */
const PEFT_TYPES: ReadonlyMap<string, Message> = new Map(
  Object.entries({
    ...{ ADALORA, LOHA, LOKR, IA3, OFT, BOFT: OFT, VERA, FOURIERFT },
    XLORA: say('It mixes several LoRA adapters at run time: score each one separately.'),
  }),
);
const NO_WEIGHTS_TYPE =
  /^(?:(?:MULTITASK_)?PROMPT_TUNING|P_TUNING|PREFIX_TUNING|ADAPTION_PROMPT|CPT|CARTRIDGE)$/;

/** Why an adapter of this `peft_type` is not read; undefined for LORA and for configs without the field. */
export function declinePeftType(peftType: unknown): Declined | undefined {
  // `PeftType.LORA` is what Python prints for the member of PEFT's enum.
  const kind = typeof peftType === 'string' ? peftType.toUpperCase().replace(/^PEFTTYPE\./, '') : 'LORA';
  if (kind === 'LORA') return undefined;
  const advice = NO_WEIGHTS_TYPE.test(kind)
    ? NOTHING_BY_MODULE
    : (PEFT_TYPES.get(kind) ?? notBa(say('of another kind')));
  return { message: say('The adapter has peft_type {0}, not LORA', displayName(String(peftType))), advice };
}

/** What the tensor names say the file is, when it is no LoRA adapter that can be read; undefined: nothing known. */
export function declineLayout(header: SafetensorsHeader): Declined | undefined {
  const names = [...header.tensors.keys()].filter((name) => !isPlainFactor(name));
  for (const layout of LAYOUTS) {
    for (const tensor of names) {
      if (layout.test(tensor)) {
        return {
          message: say('This is {0}, which is not scored (tensor {1})', layout.name, displayName(tensor)),
          advice: layout.advice,
        };
      }
    }
  }
  return undefined;
}

/** For a file in which nothing at all was recognized. */
export function declineUnknown(header: SafetensorsHeader): Declined {
  const first = header.tensors.keys().next();
  return {
    message:
      first.done === true
        ? say('The file contains no tensors')
        : say(
            'The file contains no LoRA pair: none of its {0} tensors (first: {1}) ends in lora_A/lora_B',
            header.tensors.size,
            displayName(first.value),
          ),
    advice:
      first.done === true
        ? say(
            'It was probably saved without its weights (DeepSpeed ZeRO-3 without gathering them): save the adapter again.',
          )
        : say(
            'Choose the weights of an adapter (adapter_model.safetensors or adapters.safetensors), not those of a model.',
          ),
  };
}
