import type { Checkpoint } from '../checkpoint/types';
import { defined } from '../record';
import { LLAMA_CPP } from './llamaCpp';
import { MLX } from './mlx';
import { namedFor } from './names';
import { PEFT } from './peft';
import { TRANSFORMERS } from './transformers';
import {
  ADDING_CHANGES,
  type CheckInput,
  type LoadFinding,
  type Loader,
  type LoaderCheck,
  type LoaderInput,
  type LoaderRules,
  type LoadRule,
  type LoadVerdict,
  type SilentModule,
} from './types';
import { isInRange, LOADER_VERSIONS, rangeText, versionText } from './versions';
import { VLLM } from './vllm';

const RULES: Readonly<Record<Loader, LoaderRules>> = {
  peft: PEFT,
  transformers: TRANSFORMERS,
  vllm: VLLM,
  mlx: MLX,
  'llama.cpp': LLAMA_CPP,
};

/** What each loader would do with the adapter; without a choice, those that most users have of the adapter's format. */
export function checkLoad(input: CheckInput, loaders?: readonly Loader[]): LoaderCheck[] {
  const chosen = loaders ?? (input.adapter.family === 'mlx' ? ['mlx'] : ['peft', 'vllm']);
  return [...new Set<Loader>(chosen)].map((loader) => {
    const version = input.versions?.[loader] ?? LOADER_VERSIONS[loader].newest;
    return checkWith(loader, { ...input, version, ...namesFor(loader, input.model) });
  });
}

/** mlx-lm and llama.cpp have classes of their own, whose names are those of files. */
function namesFor(loader: Loader, model: Checkpoint | undefined): Pick<LoaderInput, 'model' | 'rename'> {
  const isNamed = loader === 'peft' || loader === 'transformers' || loader === 'vllm';
  if (model !== undefined && isNamed) return namedFor(loader, model);
  return defined({ model });
}

function checkWith(loader: Loader, input: LoaderInput): LoaderCheck {
  const findings: LoadFinding[] = [];
  const version = versionText(input.version);
  const { load, modules } = RULES[loader];
  for (const rule of load) {
    const finding = apply(rule, input);
    if (finding === undefined) continue;
    findings.push(finding);
    if (rule.severity === 'stop' && finding.severity === 'error')
      return { loader, version, verdict: 'refused', ...NO_MODULES, findings };
  }
  const lists = attachment(modules, input);
  const verdict = verdictOf(findings, lists);
  // Loaders load all or nothing.
  const applied = verdict === 'refused' ? { attached: [], altered: [] } : {};
  return { loader, version, verdict, ...lists, ...applied, findings };
}

type ModuleLists = Pick<LoaderCheck, 'attached' | 'altered' | 'silent' | 'unsure'>;

const NO_MODULES: ModuleLists = { attached: [], altered: [], silent: [], unsure: [] };

function apply(rule: LoadRule, input: LoaderInput): LoadFinding | undefined {
  const { severity, field, flag, message, source, change, when } = rule;
  const isNow = isInRange(input.version, rule);
  if (!isNow && rule.quiet === true) return undefined;
  const values = when(input);
  if (values === undefined || values === false) return undefined;
  return {
    severity: isNow ? (severity === 'stop' ? 'error' : severity) : 'note',
    message: values === true ? message : { ...message, values },
    source,
    ...defined({ versions: rangeText(rule), field, flag, change: isNow ? change : undefined }),
  };
}

function attachment(rules: LoaderRules['modules'], input: LoaderInput): ModuleLists {
  const tests = rules
    .filter((rule) => isInRange(input.version, rule))
    .map(({ kind, reason }) => ({ kind, reasonFor: reason(input) }));
  const lists = {
    altered: new Array<SilentModule>(),
    silent: new Array<SilentModule>(),
    unsure: new Array<SilentModule>(),
  };
  const attached: string[] = [];
  modules: for (const module of input.adapter.modules) {
    for (const { kind, reasonFor } of tests) {
      const found = reasonFor(module);
      if (found === undefined) continue;
      lists[kind].push({ module: module.name, ...('reason' in found ? found : { reason: found }) });
      continue modules;
    }
    attached.push(module.name);
  }
  return { attached, ...lists };
}

function verdictOf(
  findings: readonly LoadFinding[],
  { attached, altered, silent, unsure }: ModuleLists,
): LoadVerdict {
  const isAny = (severity: LoadFinding['severity']): boolean =>
    findings.some((finding) => finding.severity === severity);
  if (isAny('error')) return 'refused';
  const applied = attached.length + altered.length + unsure.length;
  const adds = findings.some(({ change }) => change !== undefined && ADDING_CHANGES.has(change));
  if (applied === 0 && !adds && !isAny('unsure')) return 'nothing';
  if (altered.length + silent.length > 0 || isAny('silent')) return 'other';
  return unsure.length > 0 || isAny('unsure') ? 'unknown' : 'same';
}
