import * as vscode from 'vscode';
import type { RepairStage } from '../../protocol/repairApi';

/** What a repair is doing, in the status bar. */
export function stageText(stage: RepairStage | null): string {
  const { t } = vscode.l10n;
  switch (stage) {
    case 'writing':
    case 'checking':
      return t('writing the repair');
    case 'gates':
      return t('fitting gates');
    case 'curve':
      return t('measuring strengths');
    case 'test':
      return t('measuring the result');
    default:
      return t('repairing');
  }
}
