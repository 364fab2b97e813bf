import { MLX_MODULE_RULES, MLX_RULES } from './mlx';
import { PEFT_MODULE_RULES, PEFT_RULES } from './peft';
import type {
  CheckInput,
  LoadFinding,
  Loader,
  LoaderCheck,
  LoadRule,
  LoadVerdict,
  ModuleRule,
  SilentModule,
} from './types';
import { VLLM_MODULE_RULES, VLLM_RULES } from './vllm';

/** Everything that is known about the loaders, one row each. */
export const LOAD_RULES: readonly LoadRule[] = [...PEFT_RULES, ...VLLM_RULES, ...MLX_RULES];
export const MODULE_RULES: readonly ModuleRule[] = [
  ...PEFT_MODULE_RULES,
  ...VLLM_MODULE_RULES,
  ...MLX_MODULE_RULES,
];

/** What each loader would do with the adapter; without a choice, those that read the adapter's format. */
export function checkLoad(input: CheckInput, loaders?: readonly Loader[]): LoaderCheck[] {
  const chosen = loaders ?? (input.adapter.family === 'mlx' ? ['mlx'] : ['peft', 'vllm']);
  return [...new Set<Loader>(chosen)].map((loader) => checkWith(loader, input));
}

function checkWith(loader: Loader, input: CheckInput): LoaderCheck {
  const findings: LoadFinding[] = [];
  for (const rule of LOAD_RULES) {
    if (rule.loader !== loader) continue;
    const finding = apply(rule, input);
    if (finding === undefined) continue;
    findings.push(finding);
    if (rule.severity === 'stop')
      return { loader, verdict: 'fails', attached: [], silent: [], unsure: [], findings };
  }
  const { attached, silent, unsure } = attachment(loader, input);
  const verdict = verdictOf(findings, silent, unsure);
  // Loaders load all or nothing.
  return { loader, verdict, attached: verdict === 'fails' ? [] : attached, silent, unsure, findings };
}

function apply(rule: LoadRule, input: CheckInput): LoadFinding | undefined {
  const { severity, field, versions, message, when } = rule;
  const values = when(input);
  if (values === undefined || values === false) return undefined;
  return {
    severity: severity === 'stop' ? 'error' : severity,
    message: values === true ? message : { ...message, values },
    ...(versions === undefined ? {} : { versions }),
    ...(field === undefined ? {} : { field }),
  };
}

function attachment(
  loader: Loader,
  input: CheckInput,
): { readonly attached: string[]; readonly silent: SilentModule[]; readonly unsure: SilentModule[] } {
  const rules = MODULE_RULES.filter((rule) => rule.loader === loader).map(({ kind, reason }) => ({
    kind,
    reason: reason(input),
  }));
  const lists = { silent: new Array<SilentModule>(), unsure: new Array<SilentModule>() };
  const attached: string[] = [];
  for (const module of input.adapter.modules) {
    let ignored = false;
    for (const { kind, reason } of rules) {
      const text = reason(module);
      if (text === undefined) continue;
      lists[kind].push({ module: module.name, reason: text });
      ignored = true;
      break;
    }
    if (!ignored) attached.push(module.name);
  }
  return { attached, ...lists };
}

function verdictOf(
  findings: readonly LoadFinding[],
  silent: readonly SilentModule[],
  unsure: readonly SilentModule[],
): LoadVerdict {
  if (findings.some(({ severity }) => severity === 'error')) return 'fails';
  if (silent.length > 0 || findings.some(({ severity }) => severity === 'silent')) return 'partly';
  return unsure.length > 0 ? 'unknown' : 'loads';
}
