import * as z from 'zod/mini';
import { fieldError, mustBe } from './configText';
import { nameText } from './nameText';

const RANK_MAX = 1_048_576;
const SCALE_MAX = 1e9;
const LAYERS_MAX = 1_000_000;

const RANK = mustBe('a whole number from 1 to 1048576');
const SCALE = mustBe('a number between -1000000000 and 1000000000');
const LAYERS = mustBe('a whole number between -1 and 1000000');

/** mlx-lm's adapter_config.json (`tuner/utils.py:load_adapters`); it holds all training arguments, most are not read. */
const MLX_SCHEMA = z.looseObject({
  fine_tune_type: z.optional(z.nullable(z.string(mustBe('a string')))),
  num_layers: z.optional(z.nullable(z.int(LAYERS).check(z.gte(-1, LAYERS), z.lte(LAYERS_MAX, LAYERS)))),
  model: z.optional(z.nullable(nameText)),
  lora_parameters: z.optional(
    z.nullable(
      z.looseObject(
        {
          rank: z.optional(z.int(RANK).check(z.gte(1, RANK), z.lte(RANK_MAX, RANK))),
          scale: z.optional(z.number(SCALE).check(z.gte(-SCALE_MAX, SCALE), z.lte(SCALE_MAX, SCALE))),
          dropout: z.optional(z.nullable(z.number(mustBe('a number')))),
          keys: z.optional(z.nullable(z.array(nameText, mustBe('a list of strings')))),
        },
        mustBe('an object'),
      ),
    ),
  ),
});

export interface MlxConfig {
  /** `lora` (default), `dora` or `full`. */
  readonly fineTuneType: string;
  readonly rank?: number;
  /** A plain multiplier, not alpha/r. */
  readonly scale: number;
  readonly scaleGiven: boolean;
  readonly alignedHint?: string;
  readonly hasAlpha: boolean;
}

/** `LoRALinear.from_base(scale=20.0)`. */
const DEFAULT_SCALE = 20;

/** Validates an MLX config. Throws `bad-config` with the field's name. */
export function readMlxConfig(config: Readonly<Record<string, unknown>>, file?: string): MlxConfig {
  const parsed = z.safeParse(MLX_SCHEMA, config);
  if (!parsed.success) throw fieldError(file, parsed.error.issues[0], config);
  const { fine_tune_type, lora_parameters, model } = parsed.data;
  return {
    fineTuneType: fine_tune_type ?? 'lora',
    ...(lora_parameters?.rank === undefined ? {} : { rank: lora_parameters.rank }),
    scale: lora_parameters?.scale ?? DEFAULT_SCALE,
    scaleGiven: lora_parameters?.scale !== undefined,
    ...(typeof model === 'string' && model !== '' ? { alignedHint: model } : {}),
    hasAlpha: typeof lora_parameters?.['alpha'] === 'number',
  };
}

/** Fields of an MLX config whose value has a type or range that mlx-lm never writes; `lora_parameters.x` for nested ones. */
export function invalidMlxFields(config: Readonly<Record<string, unknown>>): readonly string[] {
  const { error } = z.safeParse(MLX_SCHEMA, config);
  return [...new Set((error?.issues ?? []).map(({ path }) => path.slice(0, 2).map(String).join('.')))];
}
