import { LOADERS, type Loader, type LoaderCheck, type SilentModule } from '../../core/check/types';
import type { CheckResult } from '../../protocol/engineApi';
import type {
  PanelCheckResult,
  PanelLoaderCheck,
  PanelNames,
  PanelReasons,
} from '../../protocol/panelLoadCheck';

/** Names of one list that travel to the page: what a person reads there; the report has the others. */
export const MAX_NAMES = 30;
/** Reasons of one loader: a file may have another for each of 10,000 modules. */
export const MAX_REASONS = 20;
/** Findings of one loader: a config may hold any number of fields that nobody knows. */
export const MAX_FINDINGS = 40;

/** What the panel shows of a check. Loaders that were not asked, for they read another family, say so. */
export function panelCheck({ model, modules, loaders }: CheckResult): PanelCheckResult {
  const asked = new Map(loaders.map((check) => [check.loader, check]));
  return {
    model,
    modules,
    loaders: LOADERS.map((loader) => {
      const check = asked.get(loader);
      return check === undefined ? otherFormat(loader) : panelLoader(check);
    }),
  };
}

function panelLoader(check: LoaderCheck): PanelLoaderCheck {
  const { loader, verdict, attached, silent, unsure, findings } = check;
  const refused = new Set(
    findings.flatMap(({ severity, field }) => (severity === 'error' && field !== undefined ? [field] : [])),
  );
  return {
    loader,
    verdict,
    attached: head(attached),
    silent: byReason(silent),
    unsure: byReason(unsure),
    refusedFields: head([...refused]),
    findings: findings.slice(0, MAX_FINDINGS),
    moreFindings: Math.max(0, findings.length - MAX_FINDINGS),
  };
}

function otherFormat(loader: Loader): PanelLoaderCheck {
  const none = head([]);
  return {
    loader,
    verdict: 'other-format',
    attached: none,
    silent: byReason([]),
    unsure: byReason([]),
    refusedFields: none,
    findings: [],
    moreFindings: 0,
  };
}

/** Modules that one thing is wrong with stand together, the most common reason first. */
function byReason(told: readonly SilentModule[]): PanelReasons {
  const groups = new Map<string, string[]>();
  for (const { module, reason } of told) {
    const group = groups.get(reason);
    if (group === undefined) groups.set(reason, [module]);
    else group.push(module);
  }
  const reasons = [...groups]
    .sort(([, left], [, right]) => right.length - left.length)
    .slice(0, MAX_REASONS)
    .map(([reason, modules]) => ({ reason, modules: head(modules) }));
  return { count: told.length, reasons };
}

function head(names: readonly string[]): PanelNames {
  return { count: names.length, first: names.slice(0, MAX_NAMES) };
}
