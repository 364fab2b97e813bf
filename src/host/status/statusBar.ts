import * as vscode from 'vscode';
import { plainText } from '../../core/report/escape';
import { flaggedCount } from '../../core/selection/select';
import { errorText } from '../messageText';
import { Disposable } from '../disposable';
import { adapterLabel, formatCount, progressText, staleText } from '../format';
import { COMMANDS } from '../ids';
import type { AdapterState, AnalysisStore } from '../state/types';

/** One item while an adapter is active: running, failed, stale, or how many modules are flagged. */
export class StatusBar extends Disposable {
  readonly #store: AnalysisStore;
  readonly #item: vscode.StatusBarItem;

  constructor(store: AnalysisStore) {
    super();
    this.#store = store;
    this.#item = this._register(
      vscode.window.createStatusBarItem('splora.status', vscode.StatusBarAlignment.Left, 0),
    );
    this.#item.name = 'SPLoRA';
    this._register(store.onDidChange(() => this.#render()));
    this.#render();
  }

  #render(): void {
    const running = this.#store.adapters.find(({ run }) => run.kind === 'running');
    const state = running ?? this.#store.active;
    const shown = state === null ? undefined : describe(state);
    if (state === null || shown === undefined) {
      this.#item.hide();
      return;
    }
    this.#item.text = shown.text;
    this.#item.accessibilityInformation = { label: plainText(`SPLoRA: ${shown.spoken}`) };
    const lines = [`SPLoRA: ${adapterLabel(state.adapter)}`, shown.detail];
    this.#item.tooltip = lines.map((line) => plainText(line)).join('\n');
    const row = { kind: 'adapter', adapter: state.adapter };
    this.#item.command = { title: 'SPLoRA', command: COMMANDS.showScores, arguments: [row] };
    this.#item.backgroundColor = shown.warns
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.#item.show();
  }
}

interface Shown {
  readonly text: string;
  readonly spoken: string;
  readonly detail: string;
  readonly warns: boolean;
}

/** Undefined: never analyzed, and no analysis running. */
function describe(state: AdapterState): Shown | undefined {
  switch (state.run.kind) {
    case 'running':
      return running(state.run.progress);
    case 'failed': {
      const spoken = vscode.l10n.t('analysis failed');
      return {
        text: `$(error) SPLoRA: ${spoken}`,
        spoken,
        detail: errorText(state.run.error),
        warns: true,
      };
    }
    case 'idle':
      return state.document === null ? undefined : result(state);
  }
}

function running(progress: Extract<AdapterState['run'], { kind: 'running' }>['progress']): Shown {
  if (progress === null) {
    const spoken = vscode.l10n.t('starting');
    return { text: `$(sync~spin) SPLoRA: ${spoken}`, spoken, detail: spoken, warns: false };
  }
  const count = `${formatCount(progress.modulesDone)}/${formatCount(progress.modulesTotal)}`;
  const spoken = vscode.l10n.t('analyzing, {0} modules done', count);
  return { text: `$(sync~spin) SPLoRA: ${count}`, spoken, detail: progressText(progress), warns: false };
}

function result(state: AdapterState): Shown {
  const flagged = flaggedCount(state.verdicts);
  const spoken =
    flagged === 1
      ? vscode.l10n.t('1 module flagged')
      : vscode.l10n.t('{0} modules flagged', formatCount(flagged));
  const of = vscode.l10n.t(
    '{0} of {1} modules would go.',
    formatCount(flagged),
    formatCount(state.verdicts.length),
  );
  if (state.stale === null) return { text: `$(beaker) ${spoken}`, spoken, detail: of, warns: false };
  const stale = staleText(state.stale);
  return {
    text: `$(warning) ${spoken} (${vscode.l10n.t('stale')})`,
    spoken: `${spoken}. ${stale}`,
    detail: `${of} ${stale}`,
    warns: false,
  };
}
