import * as vscode from 'vscode';
import { plainText } from '../../core/report/escape';
import { adapterLabel } from '../format';
import { COMMANDS } from '../ids';

/** A measurement or repair in the status bar, for as long as it runs: its panel may be behind other editors. */
export class RunStatus {
  readonly #item: vscode.StatusBarItem;

  constructor(adapter: string, kind: 'measurement' | 'repair') {
    const { t } = vscode.l10n;
    const label = adapterLabel(adapter);
    this.#item = vscode.window.createStatusBarItem(`splora.${kind}`, vscode.StatusBarAlignment.Left, 0);
    this.#item.name = kind === 'repair' ? t('SPLoRA Repair') : t('SPLoRA Measurement');
    this.#item.tooltip = plainText(
      kind === 'repair'
        ? t('Repairing {0}. Click to open the panel.', label)
        : t('Measuring {0}. Click to open the panel.', label),
    );
    const row = { kind: 'adapter', adapter };
    this.#item.command = { title: 'SPLoRA', command: COMMANDS.showScores, arguments: [row] };
    this.show(kind === 'repair' ? t('repairing') : t('measuring'));
    this.#item.show();
  }

  show(spoken: string): void {
    this.#item.text = `$(sync~spin) SPLoRA: ${spoken}`;
    this.#item.accessibilityInformation = { label: plainText(`SPLoRA: ${spoken}`) };
  }

  dispose(): void {
    this.#item.dispose();
  }
}
