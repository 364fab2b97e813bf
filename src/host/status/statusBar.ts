import * as vscode from 'vscode';
import { plainText } from '../../core/report/escape';
import { evidenceOf } from '../../core/evidence/evidence';
import { selectedCount } from '../../core/selection/select';
import { Disposable } from '../disposable';
import {
  adapterLabel,
  formatCount,
  progressText,
  selectedText,
  staleText,
  standOutText,
  errorText,
} from '../format';
import { COMMANDS } from '../ids';
import type { AnalysisStore } from '../state/analysisStore';
import type { AdapterState } from '../state/types';

/** One item while an adapter is active: running, failed, stale, or how many modules stand out. */
export class StatusBar extends Disposable {
  readonly #item = this._register(
    vscode.window.createStatusBarItem('splora.status', vscode.StatusBarAlignment.Left, 0),
  );

  constructor(private readonly store: AnalysisStore) {
    super();
    this.#item.name = 'SPLoRA';
    this._register(store.onDidChange(() => this.#render()));
    this.#render();
  }

  #render(): void {
    const state = this.store.adapters.find(({ run }) => run.kind === 'running') ?? this.store.active;
    if (state === null || (state.run.kind === 'idle' && state.document === null)) {
      this.#item.hide();
      return;
    }
    const { text, spoken, detail } = describe(state);
    this.#item.text = text;
    this.#item.accessibilityInformation = { label: plainText(`SPLoRA: ${spoken}`) };
    const lines = [`SPLoRA: ${adapterLabel(state.adapter)}`, detail];
    this.#item.tooltip = lines.map((line) => plainText(line)).join('\n');
    const row = { kind: 'adapter', adapter: state.adapter };
    this.#item.command = { title: 'SPLoRA', command: COMMANDS.showScores, arguments: [row] };
    this.#item.backgroundColor =
      state.run.kind === 'failed' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.show();
  }
}

interface Shown {
  readonly text: string;
  readonly spoken: string;
  readonly detail: string;
}

function describe({ run, document, verdicts, stale }: AdapterState): Shown {
  if (run.kind === 'failed') {
    const spoken = vscode.l10n.t('analysis failed');
    return { text: `$(error) SPLoRA: ${spoken}`, spoken, detail: errorText(run.error) };
  }
  if (run.kind === 'running') {
    const { progress } = run;
    if (progress === null) {
      const spoken = vscode.l10n.t('starting');
      return { text: `$(sync~spin) SPLoRA: ${spoken}`, spoken, detail: spoken };
    }
    const count = `${formatCount(progress.modulesDone)}/${formatCount(progress.modulesTotal)}`;
    const spoken = vscode.l10n.t('analyzing, {0} modules done', count);
    return { text: `$(sync~spin) SPLoRA: ${count}`, spoken, detail: progressText(progress) };
  }
  const spoken = standOutText(document === null ? 0 : evidenceOf(document).standsOut.length);
  const detail = selectedText(selectedCount(verdicts), verdicts.length);
  if (stale === null) return { text: `$(beaker) ${spoken}`, spoken, detail };
  const why = staleText(stale);
  return {
    text: `$(warning) ${spoken} (${vscode.l10n.t('out of date')})`,
    spoken: `${spoken}. ${why}`,
    detail: `${detail}. ${why}`,
  };
}
