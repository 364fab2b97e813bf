import { lastOfPath } from '../lastPart';
import { isRecord } from '../record';
import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import { displayName } from '../safetensors/displayName';
import { nameMismatch } from './modelNames';
import { shapeFindings } from './modelShapes';
import type { CheckInput, LoaderCheck, LoadFinding, SilentModule } from './types';
import { failed, finished } from './verdict';
import { expectedModules } from './vllmModules';
import { say, type Message, type MessageValue } from '../message';

/** vLLM's default of --max-lora-rank, and those of its values (`config/lora.py:MaxLoRARanks`) that are no less. */
const DEFAULT_MAX_RANK = 16;
const MAX_RANKS = [16, 32, 64, 128, 256, 320, 512];

/** The month in which PEFTHelper learned patterns, saved heads (#53555) and to refuse what it cannot compute. */
const NEWEST_SINCE = 'September 2026';

/**
 * What vLLM does with the adapter: `lora/peft_helper.py` as of autumn 2026 (patterns honoured, `_validate_features`),
 * `lora/lora_model.py` and `lora/utils.py` as of 2026 (0.2x). Verdicts are of those, older versions have a note.
 */
export function checkVllm(input: CheckInput): LoaderCheck {
  const { adapter, configText, model } = input;
  if (adapter.family === 'mlx')
    return failed('vllm', say('This is an MLX adapter, which vLLM does not read: convert it to PEFT first.'));
  if (configText === undefined)
    return failed('vllm', say('There is no adapter_config.json, which vLLM reads first.'));
  const findings = [
    ...fieldFindings(adapter.config),
    ...newestFindings(adapter.config),
    ...tensorFindings(input),
    ...rankFindings(input),
    ...expectedModules(input),
    ...shapeFindings(input, say('vLLM cannot load it')),
  ];
  const silent: SilentModule[] = adapter.modules.flatMap((module) => {
    const reason =
      keyMismatch(module) ?? (model === undefined ? undefined : nameMismatch(module, adapter, model));
    return reason === undefined ? [] : [{ module: module.name, reason }];
  });
  if (model === undefined) {
    const message = say(
      'Names were compared with no model: where the served class names its layers otherwise (vision-language wrappers), vLLM answers with the plain base model and says nothing. Choose the model that it is served with.',
    );
    findings.push({ severity: 'note', message });
  }
  return finished('vllm', adapter.modules, silent, findings);
}

/** `parse_fine_tuned_lora_name` takes what stands between this prefix (or none) and `.lora_A` as the layer's name. */
const KEY_PREFIX = 'base_model.model.';

/** Leftover wrapper prefixes in keys: the last part is a known layer, the whole name is none, and nothing is said. */
function keyMismatch({ name, a }: AdapterModule): Message | undefined {
  const taken = a.name.startsWith(KEY_PREFIX) ? a.name.slice(KEY_PREFIX.length) : a.name;
  if (taken.startsWith(`${name}.`)) return undefined;
  return say(
    "vLLM takes the layer's name from the key {0} as it stands, and no layer has it.",
    displayName(a.name),
  );
}

const filled = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

function fieldFindings(config: Readonly<Record<string, unknown>>): LoadFinding[] {
  const findings: LoadFinding[] = [];
  const error = (field: string, message: Message): void => {
    findings.push({ severity: 'error', message, field });
  };
  for (const field of ['r', 'lora_alpha', 'target_modules']) {
    // Of target_modules only the key counts, null will do: modules are those of the tensors.
    if (config[field] === undefined || (config[field] === null && field !== 'target_modules'))
      error(field, say('vLLM requires the field "{0}", and the config has none.', field));
  }
  if (config['use_dora'] === true) error('use_dora', say('vLLM refuses DoRA (use_dora).'));
  if (filled(config['bias']) && config['bias'] !== 'none')
    error('bias', say('vLLM refuses trained biases (bias: {0}).', displayName(String(config['bias']))));
  const saved = config['modules_to_save'];
  if (filled(saved)) {
    const names: unknown[] = Array.isArray(saved) ? saved : [saved];
    const heads = names.every((name) => name === 'classifier' || name === 'score');
    if (!heads) error('modules_to_save', say('vLLM refuses modules_to_save.'));
    else {
      const message = say(
        'vLLM before {0} refuses any modules_to_save; since then it takes "classifier" and "score".',
        NEWEST_SINCE,
      );
      findings.push({
        severity: 'note',
        message,
        versions: say('before {0}', NEWEST_SINCE),
        field: 'modules_to_save',
      });
    }
  }
  return findings;
}

/** Texts in init_lora_weights after which a saved adapter is a plain LoRA (`_init_is_supported`); all others are refused. */
const PLAIN_INITS: ReadonlySet<string> = new Set(['gaussian', 'eva', 'orthogonal', 'mica', 'lora_ga']);

/** What only the newest PEFTHelper refuses; versions before it load the adapter and compute another update. */
function newestFindings(config: Readonly<Record<string, unknown>>): LoadFinding[] {
  const init = config['init_lora_weights'];
  const fields = [
    'lora_bias',
    'alora_invocation_tokens',
    'layer_replication',
    'use_bdlora',
    'use_qalora',
  ].filter((field) => filled(config[field]));
  if (typeof init === 'string' && !PLAIN_INITS.has(init.toLowerCase())) fields.push('init_lora_weights');
  return fields.map((field) => ({
    severity: 'error',
    message: say(
      'The newest vLLM refuses "{0}" as it is set here; versions before {1} load the adapter and compute another update.',
      field,
      NEWEST_SINCE,
    ),
    field,
  }));
}

/** The only saved heads that recent versions take. */
const SAVED_HEAD = /(?:^|\.)(?:classifier|score)\.(?:weight|bias)$/;
const LORA_KEY = /\.(?:lora_[AB]\.weight|lora_embedding_[AB])$/;
/** `is_base_embeddding_weights`: skipped; base weights of any other name are refused. */
const SAVED_EMBEDDING = /\.(?:embed_tokens|lm_head)\.base_layer\.weight$/;

function tensorFindings({ adapter }: CheckInput): LoadFinding[] {
  const findings: LoadFinding[] = [];
  const name = lastOfPath(adapter.weightsFile);
  if (name !== 'adapter_model.safetensors') {
    const message = say(
      'vLLM looks for adapter_model.safetensors, the file is called {0}: rename it.',
      displayName(name),
    );
    findings.push({ severity: 'error', message });
  }
  const names = [...adapter.header.tensors.keys()];
  const bases = names.filter((key) => SAVED_EMBEDDING.test(key));
  const others = names.filter(
    (key) => !LORA_KEY.test(key) && !SAVED_EMBEDDING.test(key) && !SAVED_HEAD.test(key),
  );
  if (others.length > 0) {
    const message = say(
      'vLLM refuses tensors other than lora_A, lora_B and embedding pairs: {0}.',
      quotedList(others),
    );
    findings.push({ severity: 'error', message });
  }
  if (bases.length > 0) {
    const message = say(
      'Older vLLM refuses the saved base weights ({0}); newer versions skip them.',
      quotedList(bases),
    );
    findings.push({ severity: 'note', message });
  }
  return findings;
}

function rankFindings({ adapter }: CheckInput): LoadFinding[] {
  const { modules, config } = adapter;
  const findings: LoadFinding[] = [];
  // `validate_legal` compares what the config says, and buffers of that size take the tensors.
  const rank = [...declaredRanks(config), ...modules.map((module) => module.rank)].reduce(
    (most, value) => Math.max(most, value),
    0,
  );
  if (rank > DEFAULT_MAX_RANK) {
    const wanted = MAX_RANKS.find((value) => value >= rank);
    const message =
      wanted === undefined
        ? say(
            "The largest rank is {0}, vLLM's default limit {1}: vLLM takes none so large.",
            rank,
            DEFAULT_MAX_RANK,
          )
        : say(
            "The largest rank is {0}, vLLM's default limit {1}: start it with --max-lora-rank {2}.",
            rank,
            DEFAULT_MAX_RANK,
            wanted,
          );
    findings.push({ severity: wanted === undefined ? 'error' : 'note', message, field: 'r' });
  }
  const global = globalScale(config);
  const others = global === undefined ? [] : modules.filter(({ scale }) => !near(scale, global));
  if (others.length > 0) {
    const message = say(
      'vLLM before {0} ignores rank_pattern and alpha_pattern: {1} would get the scale {2} instead of their own, and nobody is told. Write the adapter with the scale baked in for it.',
      NEWEST_SINCE,
      list(others),
      global ?? 0,
    );
    findings.push({
      severity: 'note',
      message,
      versions: say('before {0}', NEWEST_SINCE),
      field: 'alpha_pattern',
    });
  }
  return findings;
}

/** `r` and all values of rank_pattern; entries that match nothing count too. */
function declaredRanks({ r, rank_pattern: pattern }: Readonly<Record<string, unknown>>): number[] {
  const values = isRecord(pattern) ? Object.values(pattern) : [];
  return [r, ...values].filter((value) => typeof value === 'number');
}

const list = (modules: readonly AdapterModule[]): MessageValue => quotedList(modules.map(({ name }) => name));
const near = (left: number, right: number): boolean => Math.abs(left - right) <= 1e-9 * Math.abs(right);

/** The one scale that vLLM applies to all modules: alpha/r or alpha/sqrt(r), by the config's own fields. */
function globalScale(config: Readonly<Record<string, unknown>>): number | undefined {
  const { r, lora_alpha: alpha } = config;
  if (typeof r !== 'number' || typeof alpha !== 'number') return undefined;
  return alpha / (config['use_rslora'] === true ? Math.sqrt(r) : r);
}
