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
import type { Sentence } from '../../protocol/sentence';

/** Names of one list that travel to the page: what a person reads there; the report has the others. */
export const MAX_NAMES = 30;
/** Reasons of one loader: a file may have another for each of 10,000 modules. */
export const MAX_REASONS = 20;
/** Findings of one loader: a config may hold any number of fields that nobody knows. */
export const MAX_FINDINGS = 40;

/** What the panel shows of a check. Loaders that were not asked, for they read another family, say so. */
export function panelCheck({ model, modules, loaders }: CheckResult, sentence: Sentence): PanelCheckResult {
  const asked = new Map(loaders.map((check) => [check.loader, check]));
  return {
    model,
    modules,
    loaders: LOADERS.map((loader) => {
      const check = asked.get(loader);
      return check === undefined ? otherFormat(loader) : panelLoader(check, sentence);
    }),
  };
}

function panelLoader(check: LoaderCheck, sentence: Sentence): PanelLoaderCheck {
  const { loader, verdict, attached, silent, unsure, findings } = check;
  const refused = new Set(
    findings.flatMap(({ severity, field }) => (severity === 'error' && field !== undefined ? [field] : [])),
  );
  return {
    loader,
    verdict,
    attached: head(attached),
    silent: byReason(silent, sentence),
    unsure: byReason(unsure, sentence),
    refusedFields: head([...refused]),
    findings: findings.slice(0, MAX_FINDINGS).map((finding) => worded(finding, sentence)),
    moreFindings: Math.max(0, findings.length - MAX_FINDINGS),
  };
}

function worded({ message, versions, ...rest }: LoadFinding, sentence: Sentence): PanelFinding {
  const told = { ...rest, message: sentence(message) };
  return versions === undefined ? told : { ...told, versions: sentence(versions) };
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
function byReason(told: readonly SilentModule[], sentence: Sentence): PanelReasons {
  const groups = new Map<string, string[]>();
  for (const { module, reason } of told) {
    const group = groups.get(reason);
    if (group === undefined) groups.set(reason, [module]);
    else group.push(module);
  }
  const reasons = [...groups]
    .sort(([, left], [, right]) => right.length - left.length)
    .slice(0, MAX_REASONS)
    .map(([reason, modules]) => ({ reason: sentence(reason), modules: head(modules) }));
  return { count: told.length, reasons };
}

function head(names: readonly string[]): PanelNames {
  return { count: names.length, first: names.slice(0, MAX_NAMES) };
}
