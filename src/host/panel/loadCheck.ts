import {
  LOADERS,
  type Loader,
  type LoaderCheck,
  type LoadFinding,
  type SilentModule,
} from '../../core/check/types';
import type { CheckResult } from '../../protocol/engineApi';
import type {
  PanelCheckResult,
  PanelFinding,
  PanelLoaderCheck,
  PanelNames,
  PanelReasons,
} from '../../protocol/panelLoadCheck';
import { render, type Translate } from '../../core/message';

/** Names of one list that travel to the page: what a person reads there; the report has the others. */
export const MAX_NAMES = 30;
/** Reasons of one loader: a file may have another for each of 10,000 modules. */
export const MAX_REASONS = 20;
/** Findings of one loader: a config may hold any number of fields that nobody knows. */
export const MAX_FINDINGS = 40;

/** What the panel shows of a check. Loaders that were not asked, for they read another family, say so. */
export function panelCheck({ model, modules, loaders }: CheckResult, translate: Translate): PanelCheckResult {
  const asked = new Map(loaders.map((check) => [check.loader, check]));
  return {
    model,
    modules,
    loaders: LOADERS.map((loader) => {
      const check = asked.get(loader);
      return check === undefined ? otherFormat(loader) : panelLoader(check, translate);
    }),
  };
}

function panelLoader(check: LoaderCheck, translate: Translate): PanelLoaderCheck {
  const { loader, verdict, attached, silent, unsure, findings } = check;
  const refused = new Set(
    findings.flatMap(({ severity, field }) => (severity === 'error' && field !== undefined ? [field] : [])),
  );
  return {
    loader,
    verdict,
    attached: head(attached),
    silent: byReason(silent, translate),
    unsure: byReason(unsure, translate),
    refusedFields: head([...refused]),
    findings: findings.slice(0, MAX_FINDINGS).map((finding) => panelFinding(finding, translate)),
    moreFindings: Math.max(0, findings.length - MAX_FINDINGS),
  };
}

function panelFinding({ message, versions, ...rest }: LoadFinding, translate: Translate): PanelFinding {
  const told = { ...rest, message: render(message, translate) };
  return versions === undefined ? told : { ...told, versions: render(versions, translate) };
}

const NO_REASONS: PanelReasons = { count: 0, reasons: [] };

function otherFormat(loader: Loader): PanelLoaderCheck {
  const none = head([]);
  return {
    loader,
    verdict: 'other-format',
    attached: none,
    silent: NO_REASONS,
    unsure: NO_REASONS,
    refusedFields: none,
    findings: [],
    moreFindings: 0,
  };
}

/** Modules that one thing is wrong with stand together, the most common reason first. */
function byReason(told: readonly SilentModule[], translate: Translate): PanelReasons {
  const groups = new Map<string, string[]>();
  for (const { module, reason: message } of told) {
    const reason = render(message, translate);
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
