import * as vscode from 'vscode';
import type { OptionsOf } from '../commandTable';
import { notify } from '../errors/showError';
import { adapterLabel } from '../format';
import { shownPath } from '../models/askModels';
import { canSaveModels, type ModelChooser } from '../models/modelChooser';
import { runCommand } from '../runCommand';
import type { Services } from '../services';
import type { ModelPair } from '../settingDefinitions';
import { modelsFor } from './analyze';
import type { Invocation } from './call';

/** @returns absolute paths of both models; undefined: the user canceled */
export async function chooseModels(
  services: Services,
  adapter: string,
  { options }: Invocation<OptionsOf<'chooseModels'>>,
): Promise<ModelPair | undefined> {
  const chooser = await services.chooser();
  if (options.base === undefined && options.aligned === undefined) {
    const chosen = await chooser.choose(adapter);
    if (chosen !== undefined) showChosen(services, chooser, adapter, chosen);
    return chosen;
  }
  const given = await modelsFor(services, adapter, { options, caller: 'program' });
  if (given !== undefined) await chooser.keep(adapter, given);
  return given;
}

function showChosen(
  { log }: Services,
  chooser: ModelChooser,
  adapter: string,
  { base, aligned }: ModelPair,
): void {
  const save = {
    label: vscode.l10n.t('Save to Settings'),
    run: () => chooser.save(adapter, { base, aligned }),
  };
  notify(
    'Information',
    log,
    vscode.l10n.t(
      'Models chosen for {0}: base {1}, aligned {2}.',
      adapterLabel(adapter),
      shownPath(base),
      shownPath(aligned),
    ),
    [
      { label: vscode.l10n.t('Analyze'), run: () => runCommand('analyze', adapter) },
      ...(canSaveModels(adapter) ? [save] : []),
    ],
  );
}
