import * as z from 'zod/mini';
import { fieldError, mustBe } from './configText';
import { nameText } from './nameText';

const RANK_MAX = 1_048_576;
const SCALE_MAX = 1e9;
const LAYERS_MAX = 1_000_000;

const RANK = mustBe('a whole number from 1 to 1048576');
const SCALE = mustBe('a number between -1000000000 and 1000000000');
const LAYERS = mustBe('a whole number between -1 and 1000000');

/** Fields of unsloth_zoo (`mlx/loader.py: convert_peft_dir_to_mlx`): objects by the name of the module, and a list of them. */
export const MODULE_SCALES = 'unsloth_mlx_lora_module_scales';
export const MODULE_RANKS = 'unsloth_mlx_lora_module_ranks';
export const MODULE_PATHS = 'unsloth_mlx_lora_module_paths';

const rank = z.int(RANK).check(z.gte(1, RANK), z.lte(RANK_MAX, RANK));
const scale = z.number(SCALE).check(z.gte(-SCALE_MAX, SCALE), z.lte(SCALE_MAX, SCALE));

/** mlx-lm's adapter_config.json (`tuner/utils.py:load_adapters`); it holds all training arguments, most are not read. */
const MLX_SCHEMA = z.looseObject({
  fine_tune_type: z.optional(z.nullable(z.string(mustBe('a string')))),
  num_layers: z.optional(z.nullable(z.int(LAYERS).check(z.gte(-1, LAYERS), z.lte(LAYERS_MAX, LAYERS)))),
  model: z.optional(z.nullable(nameText)),
  base_model_name_or_path: z.optional(z.nullable(nameText)),
  [MODULE_SCALES]: z.optional(z.nullable(z.record(nameText, scale, mustBe('an object')))),
  [MODULE_RANKS]: z.optional(z.nullable(z.record(nameText, rank, mustBe('an object')))),
  lora_parameters: z.optional(
    z.nullable(
      z.looseObject(
        {
          rank: z.optional(rank),
          scale: z.optional(scale),
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
  /** Of single modules, as unsloth_zoo writes them and mlx-lm does not read them. */
  readonly moduleScales: ReadonlyMap<string, number>;
  readonly moduleRanks: ReadonlyMap<string, number>;
  readonly alignedHint?: string;
  readonly hasAlpha: boolean;
}

/** `LoRALinear.from_base(scale=20.0)`. */
const DEFAULT_SCALE = 20;

/** Validates an MLX config. Throws `bad-config` with the field's name. */
export function readMlxConfig(config: Readonly<Record<string, unknown>>, file?: string): MlxConfig {
  const parsed = z.safeParse(MLX_SCHEMA, config);
  if (!parsed.success) throw fieldError(file, parsed.error.issues[0], config);
  const { fine_tune_type, lora_parameters, model, base_model_name_or_path: base } = parsed.data;
  const hint = [model, base].find((name) => typeof name === 'string' && name !== '');
  return {
    fineTuneType: fine_tune_type ?? 'lora',
    ...(lora_parameters?.rank === undefined ? {} : { rank: lora_parameters.rank }),
    scale: lora_parameters?.scale ?? DEFAULT_SCALE,
    scaleGiven: lora_parameters?.scale !== undefined,
    moduleScales: new Map(Object.entries(parsed.data[MODULE_SCALES] ?? {})),
    moduleRanks: new Map(Object.entries(parsed.data[MODULE_RANKS] ?? {})),
    ...(typeof hint === 'string' ? { alignedHint: hint } : {}),
    hasAlpha: typeof lora_parameters?.['alpha'] === 'number',
  };
}

/** Fields of an MLX config whose value has a type or range that mlx-lm never writes; `lora_parameters.x` for nested ones. */
export function invalidMlxFields(config: Readonly<Record<string, unknown>>): readonly string[] {
  const { error } = z.safeParse(MLX_SCHEMA, config);
  const fields = (error?.issues ?? []).map(({ path }) =>
    path
      .slice(0, path[0] === 'lora_parameters' ? 2 : 1)
      .map(String)
      .join('.'),
  );
  return [...new Set(fields)];
}
