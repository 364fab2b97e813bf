import { lastOfPath } from '../lastPart';
import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import { displayName } from '../safetensors/displayName';
import { nameMismatch } from './modelNames';
import { BACKBONE_PREFIXES } from './modelPrefixes';
import { shapeFindings } from './modelShapes';
import { companionFindings } from './peftCompanions';
import { peftKnowsSince, PEFT_DROPS_UNKNOWN, PEFT_NEWEST, PEFT_OLDEST } from './peftFields';
import { patternFindings } from './peftPatterns';
import { valueFindings } from './peftValues';
import { LAYERS_PATTERNS_MAX, listOf, peftTargets, type TargetTest } from './peftTargets';
import type { CheckInput, LoaderCheck, LoadFinding, SilentModule } from './types';
import { failed, finished } from './verdict';
import { say, type Message } from '../message';

/** What PEFT 0.10 to 0.21 does with the adapter (`config.py`, `tuners/tuners_utils.py`, `tuners/lora`; read in 0.21.0). */
export function checkPeft(input: CheckInput): LoaderCheck {
  const { adapter, configText } = input;
  if (adapter.family === 'mlx')
    return failed('peft', say('This is an MLX adapter, which PEFT does not read: convert it to PEFT first.'));
  if (configText === undefined)
    return failed('peft', say('There is no adapter_config.json, without which PEFT loads nothing.'));
  const findings: LoadFinding[] = [
    ...fileFindings(input),
    ...fieldFindings(adapter.config),
    ...valueFindings(adapter.config),
    ...patternFindings(input, configText),
    ...limitFindings(input),
    ...companionFindings(input),
    ...shapeFindings(input, say('PEFT stops with an error')),
  ];
  const targets = peftTargets(adapter.config);
  const { silent, unsure } = notAttached(input, targets);
  const all = [...findings, ...noTargets(input, targets), ...emptyModules(input, targets)];
  return finished('peft', adapter.modules, silent, all, unsure);
}

function fileFindings({ adapter }: CheckInput): LoadFinding[] {
  const findings: LoadFinding[] = [];
  const name = lastOfPath(adapter.weightsFile);
  if (name !== 'adapter_model.safetensors') {
    const message = say(
      'PEFT looks for adapter_model.safetensors, the file is called {0}: rename it.',
      displayName(name),
    );
    findings.push({ severity: 'error', message });
  }
  if (typeof adapter.config['peft_type'] !== 'string') {
    const message = say(
      'The config has no "peft_type": PEFT cannot tell what it is. Add "peft_type": "LORA".',
    );
    findings.push({ severity: 'error', message, field: 'peft_type' });
  }
  if (adapter.config['target_modules'] === undefined || adapter.config['target_modules'] === null) {
    const message = say(
      'The config names no target_modules: PEFT takes those it knows for the model type, or fails.',
    );
    findings.push({ severity: 'note', message, field: 'target_modules' });
  }
  return findings;
}

const isSet = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

/** What versions refuse (before 0.14) or drop with a warning (since) because they do not know a field yet. */
function fieldFindings(config: Readonly<Record<string, unknown>>): LoadFinding[] {
  const findings: LoadFinding[] = [];
  const refusing = new Map<number, string[]>();
  for (const field of Object.keys(config)) {
    const since = peftKnowsSince(field);
    if (since === PEFT_OLDEST) continue;
    if (since === undefined) {
      const message = say(
        'No version of PEFT looked at (up to 0.{0}) knows the field {1}: it is dropped with a warning; versions before 0.{2} refuse the config.',
        PEFT_NEWEST,
        displayName(field),
        PEFT_DROPS_UNKNOWN,
      );
      findings.push({ severity: 'note', message, field });
      continue;
    }
    const first = Math.min(since, PEFT_DROPS_UNKNOWN);
    refusing.set(first, [...(refusing.get(first) ?? []), field]);
    if (!HARMLESS.has(field) && isSet(config[field]) && since > PEFT_DROPS_UNKNOWN) {
      const message = say(
        'PEFT before 0.{0} drops {1} with a warning, though it is set here.',
        since,
        displayName(field),
      );
      const versions = say('0.{0} to 0.{1}', PEFT_DROPS_UNKNOWN, since - 1);
      findings.push({ severity: 'note', message, versions, field });
    }
  }
  for (const [version, fields] of refusing) {
    const message = say(
      'PEFT before 0.{0} refuses the config: it does not know {1}.',
      version,
      quotedList(fields),
    );
    findings.push({ severity: 'note', message, versions: say('before {0}', `0.${version}`) });
  }
  return findings;
}

/** Set in every config, and without effect where a version drops it. */
const HARMLESS: ReadonlySet<string> = new Set(['peft_version', 'qalora_group_size']);

/** From so many names on PEFT 0.13 condenses them, with bugs that its 0.13.2 mended. */
const CONDENSED_FROM = 20;

function limitFindings({ adapter }: CheckInput): LoadFinding[] {
  const { target_modules: targets, layers_pattern: layers } = adapter.config;
  const findings: LoadFinding[] = [];
  const patterns = new Set(listOf(layers)).size;
  if (patterns > LAYERS_PATTERNS_MAX) {
    const message = say(
      'layers_pattern has {0} different names: beyond {1} it is not looked at here which layers they mean.',
      patterns,
      LAYERS_PATTERNS_MAX,
    );
    findings.push({ severity: 'note', message, field: 'layers_pattern' });
  }
  if (!Array.isArray(targets) || targets.length < CONDENSED_FROM) return findings;
  const message = say(
    'PEFT 0.13.0 and 0.13.1 condense {0} names in target_modules, and may adapt modules that are not among them.',
    targets.length,
  );
  findings.push({ severity: 'note', message, versions: say('0.13.0 and 0.13.1'), field: 'target_modules' });
  return findings;
}

/** PEFT takes tensors of exactly this name and passes over all others without an error. */
const peftKey = (module: string, part: string): string[] => [
  `base_model.model.${module}.${part}.weight`,
  `base_model.model.${module}.${part}`,
];

function notAttached(
  input: CheckInput,
  targets: TargetTest,
): { readonly silent: SilentModule[]; readonly unsure: SilentModule[] } {
  const [silent, unsure]: [SilentModule[], SilentModule[]] = [[], []];
  for (const module of input.adapter.modules) {
    const { name } = module;
    const targeted = targets(name);
    const reason = silentReason(module, input, targeted);
    if (reason !== undefined) silent.push({ module: name, reason });
    else if (targeted === undefined) unsure.push({ module: name, reason: UNSURE_REASON });
  }
  return { silent, unsure };
}

const UNSURE_REASON = say(
  'Whether target_modules names it (or another field excludes it) cannot be evaluated here; PEFT may attach it.',
);

function silentReason(
  module: AdapterModule,
  { adapter, model }: CheckInput,
  targeted: boolean | undefined,
): Message | undefined {
  const part = module.a.name.includes('lora_embedding_A') ? 'lora_embedding_A' : 'lora_A';
  if (!peftKey(module.name, part).includes(module.a.name)) {
    const expected = peftKey(module.name, part)[part === 'lora_A' ? 0 : 1] ?? '';
    return say(
      'PEFT expects the key {0}, the file has {1}.',
      displayName(expected),
      displayName(module.a.name),
    );
  }
  if (targeted === false)
    return say(
      'target_modules does not name it (or exclude_modules does): no module is created for its tensors.',
    );
  return model === undefined ? undefined : nameMismatch(module, adapter, model);
}

/** PEFT's word for an adapter without any module. */
const DUMMY_TARGET = 'dummy-target-modules';

/** `inject_adapter` raises NoMatchingPeftModuleError where it finds nothing to adapt. */
function noTargets({ adapter, model }: CheckInput, targets: TargetTest): LoadFinding[] {
  const { target_modules: target, target_parameters: parameters } = adapter.config;
  if ((parameters !== undefined && parameters !== null) || target === DUMMY_TARGET) return [];
  const error = (message: Message): LoadFinding[] => [
    { severity: 'error', message, field: 'target_modules' },
  ];
  if (Array.isArray(target) && target.length === 0)
    return error(say('target_modules is an empty list: PEFT finds nothing to adapt and stops.'));
  if (model === undefined) return [];
  for (const tensor of model.tensors.keys()) {
    if (!tensor.endsWith('.weight')) continue;
    const name = tensor.slice(0, -'.weight'.length);
    for (const prefix of ['', ...BACKBONE_PREFIXES]) if (targets(`${prefix}${name}`) !== false) return [];
  }
  return error(
    say(
      'None of target_modules is in the model: PEFT stops ("Target modules … not found in the base model").',
    ),
  );
}

/** Modules that PEFT creates though the file has nothing for them: no effect, but memory, and a warning. */
function emptyModules({ adapter, model }: CheckInput, targets: TargetTest): LoadFinding[] {
  if (model === undefined || adapter.config['target_modules'] === 'all-linear') return [];
  const names = new Set(adapter.modules.map(({ name }) => name));
  const empty = [...model.tensors]
    .filter(([name, { info }]) => name.endsWith('.weight') && info.shape.length === 2)
    .map(([name]) => name.slice(0, -'.weight'.length))
    .filter((name) => !names.has(name) && targets(name) === true);
  // Hub files may lack the backbone's prefix, and then hit none of the adapter's names: nothing can be said.
  if (empty.length === 0 || !adapter.modules.some(({ name }) => model.tensors.has(`${name}.weight`)))
    return [];
  const message = say(
    'PEFT also creates {0} modules that the file has no tensors for ({1}): without effect, with a warning since 0.14.',
    empty.length,
    quotedList(empty),
  );
  return [{ severity: 'note', message, field: 'target_modules' }];
}
