import * as vscode from 'vscode';
import { plainText } from '../../core/report/escape';
import type { MeasureProgress } from '../../protocol/behavior';
import { adapterLabel, formatCount } from '../format';
import { COMMANDS } from '../ids';

/** A measurement in the status bar, for as long as it runs: its panel may be behind other editors. */
export class MeasureStatus {
  readonly #item = vscode.window.createStatusBarItem('splora.measuring', vscode.StatusBarAlignment.Left, 0);

  constructor(adapter: string) {
    this.#item.name = vscode.l10n.t('SPLoRA Measurement');
    this.#item.tooltip = plainText(
      vscode.l10n.t('Measuring {0}. Click to open the panel.', adapterLabel(adapter)),
    );
    const row = { kind: 'adapter', adapter };
    this.#item.command = { title: 'SPLoRA', command: COMMANDS.showScores, arguments: [row] };
    this.show(null);
    this.#item.show();
  }

  show(progress: MeasureProgress | null): void {
    const spoken =
      progress?.stage === 'answering'
        ? vscode.l10n.t('{0} of {1} answers', formatCount(progress.done), formatCount(progress.total))
        : vscode.l10n.t('measuring');
    this.#item.text = `$(sync~spin) SPLoRA: ${spoken}`;
    this.#item.accessibilityInformation = { label: plainText(`SPLoRA: ${spoken}`) };
  }

  dispose(): void {
    this.#item.dispose();
  }
}
