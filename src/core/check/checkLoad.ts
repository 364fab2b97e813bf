import { MLX } from './mlx';
import { PEFT } from './peft';
import type {
  CheckInput,
  LoadFinding,
  Loader,
  LoaderCheck,
  LoaderRules,
  LoadRule,
  LoadVerdict,
  SilentModule,
} from './types';
import { VLLM } from './vllm';
import { defined } from '../record';

const RULES: Readonly<Record<Loader, LoaderRules>> = { peft: PEFT, vllm: VLLM, mlx: MLX };

/** What each loader would do with the adapter; without a choice, those that read the adapter's format. */
export function checkLoad(input: CheckInput, loaders?: readonly Loader[]): LoaderCheck[] {
  const chosen = loaders ?? (input.adapter.family === 'mlx' ? ['mlx'] : ['peft', 'vllm']);
  return [...new Set<Loader>(chosen)].map((loader) => checkWith(loader, input));
}

function checkWith(loader: Loader, input: CheckInput): LoaderCheck {
  const findings: LoadFinding[] = [];
  const { load, modules } = RULES[loader];
  for (const rule of load) {
    const finding = apply(rule, input);
    if (finding === undefined) continue;
    findings.push(finding);
    if (rule.severity === 'stop')
      return { loader, verdict: 'fails', attached: [], silent: [], unsure: [], findings };
  }
  const { attached, silent, unsure } = attachment(modules, input);
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
    ...defined({ versions, field }),
  };
}

function attachment(
  rules: LoaderRules['modules'],
  input: CheckInput,
): Pick<LoaderCheck, 'attached' | 'silent' | 'unsure'> {
  const tests = rules.map(({ kind, reason }) => ({ kind, reasonFor: reason(input) }));
  const lists = { silent: new Array<SilentModule>(), unsure: new Array<SilentModule>() };
  const attached: string[] = [];
  modules: for (const module of input.adapter.modules) {
    for (const { kind, reasonFor } of tests) {
      const reason = reasonFor(module);
      if (reason === undefined) continue;
      lists[kind].push({ module: module.name, reason });
      continue modules;
    }
    attached.push(module.name);
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
