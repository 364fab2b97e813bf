import * as path from 'node:path';
import * as vscode from 'vscode';
import { cancelled, SploraError } from '../../core/errors';
import { say } from '../../core/message';
import type { AnalysisDocument } from '../../core/report/analysis';
import { findChangedInput } from '../../io/changedInput';
import type { OptionsOf } from '../commandTable';
import { adapterLabel, messageText } from '../format';
import type { Services } from '../services';
import { showMessage } from '../windowText';
import { analyze, modelsFor, type ModelOptions } from './analyze';
import type { Invocation } from './call';

/**
 * The result of an adapter, which is analyzed first if there is none.
 * @throws SploraError of the engine, `cancelled` if the user cancels
 */
async function resultOf(
  services: Services,
  adapter: string,
  call: Pick<Invocation<ModelOptions>, 'options' | 'caller'>,
): Promise<AnalysisDocument> {
  const kept = services.store.get(adapter)?.document;
  if (kept !== null && kept !== undefined) return kept;
  const models = await modelsFor(services, adapter, call);
  if (models !== undefined) return analyze(services, adapter, models, {});
  throw cancelled();
}

export interface SettledResult {
  readonly document: AnalysisDocument;
  /** Which file changed since, in English, without folders; null: none. */
  readonly stale: string | null;
}

type ResultOptions = Pick<OptionsOf<'exportReport'>, 'base' | 'aligned' | 'models' | 'stale'>;

/**
 * The result of an adapter, which is analyzed first if there is none. If its files changed since, asks the user whether
 * to analyze again; a program must allow that with `stale`, or let the user be asked.
 * @param anyway label of the button that continues with the result
 * @throws SploraError `bad-request` to a program, `cancelled` if the user cancels
 */
export async function settledResult(
  services: Services,
  adapter: string,
  call: Pick<Invocation<ResultOptions>, 'options' | 'caller'>,
  anyway: string,
): Promise<SettledResult> {
  const document = await resultOf(services, adapter, call);
  const changed = await findChangedInput(document);
  if (changed === undefined) return { document, stale: null };
  const stale = `${path.basename(changed.path)} changed after the analysis`;
  const { stale: allowed } = call.options;
  if (allowed === 'allow') return { document, stale };
  const message = say('{0} changed after the analysis.', changed.path);
  if (call.caller === 'program' && allowed !== 'ask') {
    const advice = say(
      'Analyze the adapter again, or allow out-of-date scores with {0}.',
      "{stale: 'allow'}",
    );
    throw new SploraError({ code: 'bad-request', message, file: changed.path, advice });
  }
  const again = vscode.l10n.t('Analyze Again');
  const picked = await showMessage(
    'Warning',
    vscode.l10n.t('The scores for {0} are out of date.', adapterLabel(adapter)),
    [again, anyway],
    messageText(message),
  );
  if (picked === anyway) return { document, stale };
  const fresh = picked === again ? await analyzeAgain(services, adapter, document) : undefined;
  if (fresh !== undefined) return { document: fresh, stale: null };
  throw cancelled();
}

/** With the models that are chosen now, else those of the result. Undefined: the user canceled. */
async function analyzeAgain(
  services: Services,
  adapter: string,
  { base, aligned }: AnalysisDocument,
): Promise<AnalysisDocument | undefined> {
  const chooser = await services.chooser();
  const { pair } = await chooser.known(adapter);
  const models = pair === undefined ? { base, aligned } : await chooser.models(adapter, 'user');
  return models === undefined ? undefined : analyze(services, adapter, models, { force: true });
}
