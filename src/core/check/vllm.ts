import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import { displayName } from '../safetensors/displayName';
import { nameMismatch } from './modelNames';
import type { CheckInput, LoaderCheck, LoadFinding, SilentModule } from './types';
import { baseName, failed, finished } from './verdict';

/** vLLM's default of --max-lora-rank, and the values it takes. */
const DEFAULT_MAX_RANK = 16;
const MAX_RANKS = [16, 32, 64, 128, 256, 320, 512];

/** What vLLM does with the adapter (`lora/peft_helper.py`, `lora/lora_model.py`, `lora/utils.py`). */
export function checkVllm(input: CheckInput): LoaderCheck {
  const { adapter, configText, model } = input;
  if (adapter.family === 'mlx')
    return failed('vllm', 'This is an MLX adapter, which vLLM does not read: convert it to PEFT first.');
  if (configText === undefined)
    return failed('vllm', 'There is no adapter_config.json, which vLLM reads first.');
  const findings = [
    ...fieldFindings(adapter.config),
    ...newestFindings(adapter.config),
    ...tensorFindings(input),
    ...rankFindings(input),
  ];
  const silent: SilentModule[] = adapter.modules.flatMap((module) => {
    const reason = model === undefined ? undefined : nameMismatch(module, adapter, model);
    return reason === undefined ? [] : [{ module: module.name, reason }];
  });
  if (model === undefined) {
    const message =
      'Names were compared with no model: where the served class names its layers otherwise (vision-language wrappers), vLLM answers with the plain base model and says nothing. Give --model.';
    findings.push({ severity: 'note', message });
  }
  return finished('vllm', adapter.modules, silent, findings);
}

const filled = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

function fieldFindings(config: Readonly<Record<string, unknown>>): LoadFinding[] {
  const findings: LoadFinding[] = [];
  const error = (field: string, message: string): void => {
    findings.push({ severity: 'error', message, field });
  };
  for (const field of ['r', 'lora_alpha', 'target_modules']) {
    if (config[field] === undefined || config[field] === null)
      error(field, `vLLM requires the field "${field}", and the config has none.`);
  }
  if (config['use_dora'] === true) error('use_dora', 'vLLM refuses DoRA (use_dora).');
  if (filled(config['bias']) && config['bias'] !== 'none')
    error('bias', `vLLM refuses trained biases (bias: ${displayName(String(config['bias']))}).`);
  const saved = config['modules_to_save'];
  if (filled(saved)) {
    const names: unknown[] = Array.isArray(saved) ? saved : [saved];
    const heads = names.every((name) => name === 'classifier' || name === 'score');
    if (!heads) error('modules_to_save', 'vLLM refuses modules_to_save.');
    else {
      const message =
        'vLLM refuses modules_to_save but for "classifier" and "score", and these only in recent versions.';
      findings.push({ severity: 'note', message, versions: 'older than 2026', field: 'modules_to_save' });
    }
  }
  return findings;
}

const BASE_CHANGING = ['pissa', 'olora', 'corda', 'loftq'];

/** What only the newest PEFTHelper refuses; versions before it load the adapter and compute another update. */
function newestFindings(config: Readonly<Record<string, unknown>>): LoadFinding[] {
  const init = config['init_lora_weights'];
  const kind = typeof init === 'string' ? init.toLowerCase() : '';
  const fields = ['lora_bias', 'alora_invocation_tokens', 'layer_replication', 'use_qalora'].filter((field) =>
    filled(config[field]),
  );
  if (BASE_CHANGING.some((name) => kind.startsWith(name))) fields.push('init_lora_weights');
  return fields.map((field) => ({
    severity: 'error',
    message: `The newest vLLM refuses "${field}" as it is set here; versions before September 2026 load the adapter and compute another update.`,
    field,
  }));
}

/** The only saved heads that recent versions take. */
const SAVED_HEAD = /(?:^|\.)(?:classifier|score)\.(?:weight|bias)$/;
const LORA_KEY = /\.(?:lora_[AB]\.weight|lora_embedding_[AB])$/;

function tensorFindings({ adapter }: CheckInput): LoadFinding[] {
  const findings: LoadFinding[] = [];
  const name = baseName(adapter.weightsFile);
  if (name !== 'adapter_model.safetensors') {
    const message = `vLLM looks for adapter_model.safetensors, the file is called ${displayName(name)}: rename it.`;
    findings.push({ severity: 'error', message });
  }
  const names = [...adapter.header.tensors.keys()];
  const bases = names.filter((key) => key.endsWith('.base_layer.weight'));
  const others = names.filter(
    (key) => !LORA_KEY.test(key) && !key.endsWith('.base_layer.weight') && !SAVED_HEAD.test(key),
  );
  if (others.length > 0) {
    const message = `vLLM refuses tensors other than lora_A, lora_B and embedding pairs: ${quotedList(others)}.`;
    findings.push({ severity: 'error', message });
  }
  if (bases.length > 0) {
    const message = `Older vLLM refuses the saved base weights (${quotedList(bases)}); newer versions skip them.`;
    findings.push({ severity: 'note', message });
  }
  return findings;
}

function rankFindings({ adapter }: CheckInput): LoadFinding[] {
  const { modules, config } = adapter;
  const findings: LoadFinding[] = [];
  const rank = Math.max(...modules.map((module) => module.rank));
  if (rank > DEFAULT_MAX_RANK) {
    const wanted = MAX_RANKS.find((value) => value >= rank);
    const advice =
      wanted === undefined ? 'vLLM takes none so large' : `start it with --max-lora-rank ${wanted}`;
    const message = `The largest rank is ${rank}, vLLM's default limit ${DEFAULT_MAX_RANK}: ${advice}.`;
    findings.push({ severity: wanted === undefined ? 'error' : 'note', message, field: 'r' });
  }
  const global = globalScale(config);
  const others = global === undefined ? [] : modules.filter(({ scale }) => !near(scale, global));
  if (others.length > 0) {
    const message = `vLLM before its newest versions ignores rank_pattern and alpha_pattern: ${list(others)} would get the scale ${global ?? 0} instead of their own. Write the adapter with the scale baked in.`;
    findings.push({ severity: 'silent', message, field: 'alpha_pattern' });
  }
  return findings;
}

const list = (modules: readonly AdapterModule[]): string => quotedList(modules.map(({ name }) => name));
const near = (left: number, right: number): boolean => Math.abs(left - right) <= 1e-9 * Math.abs(right);

/** The one scale that vLLM applies to all modules: alpha/r or alpha/sqrt(r), by the config's own fields. */
function globalScale(config: Readonly<Record<string, unknown>>): number | undefined {
  const { r, lora_alpha: alpha } = config;
  if (typeof r !== 'number' || typeof alpha !== 'number') return undefined;
  return alpha / (config['use_rslora'] === true ? Math.sqrt(r) : r);
}
