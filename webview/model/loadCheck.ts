import { LOADER_NAMES, LOADER_VERSIONS } from '../../src/core/report/loaders';
import type { PanelLoadCheck, PanelLoaderCheck, PanelNames } from '../../src/protocol/panelLoadCheck';
import { text, type StringKey } from '../strings';

type Finding = PanelLoaderCheck['findings'][number];
type Verdict = PanelLoaderCheck['verdict'];
/** Of those in `dom.ts`: its types need a browser. */
type VerdictIcon = 'keep' | 'warning' | 'error' | 'unpin';

/** Whether opening the section asks the engine: there is no answer yet, or none that holds. */
export function needsAsking(check: PanelLoadCheck | null): boolean {
  return check === null || check.kind === 'failed' || (check.kind === 'done' && check.outdated);
}

/** A loader and the releases that were looked at: `PEFT 0.10 – 0.21`. */
export function loaderTitle({ loader }: PanelLoaderCheck): {
  readonly name: string;
  readonly versions: string;
} {
  const range = LOADER_VERSIONS[loader];
  return { name: LOADER_NAMES[loader], versions: range === undefined ? '' : range.join(' – ') };
}

const VERDICTS: Readonly<Record<Verdict, { readonly icon: VerdictIcon; readonly text: StringKey }>> = {
  loads: { icon: 'keep', text: 'checkLoads' },
  unknown: { icon: 'unpin', text: 'checkUnknown' },
  partly: { icon: 'warning', text: 'checkPartly' },
  fails: { icon: 'error', text: 'checkFails' },
  'other-format': { icon: 'unpin', text: 'checkOtherFormat' },
};

export function verdictOf({ verdict }: PanelLoaderCheck): {
  readonly icon: VerdictIcon;
  readonly text: string;
} {
  return { icon: VERDICTS[verdict].icon, text: text(VERDICTS[verdict].text) };
}

/** What a loader's line counts; zeros that say nothing are left out. */
export function countTexts(check: PanelLoaderCheck, modules: number): string[] {
  if (check.verdict === 'other-format')
    return [text(check.loader === 'mlx' ? 'checkReadsMlx' : 'checkReadsPeft')];
  const { attached, silent, unsure, refusedFields } = check;
  return [
    text('checkAttached', attached.count, modules),
    ...(silent.count > 0 ? [text('checkSilent', silent.count)] : []),
    ...(unsure.count > 0 ? [text('checkUnsure', unsure.count)] : []),
    ...(refusedFields.count > 0 ? [text('checkRefused', refusedFields.count)] : []),
  ];
}

/** How many of the names are not among the first. */
export function moreOf({ count, first }: PanelNames): number {
  return Math.max(0, count - first.length);
}

const SEVERITIES: Readonly<Record<Finding['severity'], StringKey>> = {
  error: 'checkError',
  silent: 'checkSilently',
  note: 'checkNote',
};

export function severityText({ severity }: Finding): string {
  return text(SEVERITIES[severity]);
}

/** Features that a loader does not compute: no edit of the config makes it. */
const FEATURES: ReadonlySet<string> = new Set([
  'use_dora',
  'bias',
  'lora_bias',
  'modules_to_save',
  'alora_invocation_tokens',
  'layer_replication',
  'use_bdlora',
  'use_qalora',
  'init_lora_weights',
]);

/** The way out of a finding whose own sentence names none; null: it does, or there is nothing to get out of. */
export function wayOut({ severity, field, versions }: Finding): string | null {
  if (severity === 'error') return field !== undefined && FEATURES.has(field) ? text('checkMerge') : null;
  return versions === undefined ? null : text('checkOtherVersion');
}

const SILENT_WAYS_OUT: Readonly<Record<PanelLoaderCheck['loader'], StringKey>> = {
  peft: 'checkSilentPeft',
  vllm: 'checkSilentVllm',
  mlx: 'checkSilentMlx',
};

/** The way out for modules that would have no effect. */
export function silentWayOut({ loader }: PanelLoaderCheck): string {
  return text(SILENT_WAYS_OUT[loader]);
}

/** One sentence for screen readers; empty while there is nothing to say. */
export function spoken(check: PanelLoadCheck | null): string {
  switch (check?.kind) {
    case undefined:
    case 'failed': // The failure speaks for itself.
      return '';
    case 'running':
      return text('checkRunning');
    case 'done':
      if (check.outdated) return text('checkOutdated');
      return check.result.loaders
        .map((loader) => `${loaderTitle(loader).name}: ${verdictOf(loader).text}.`)
        .join(' ');
  }
}
