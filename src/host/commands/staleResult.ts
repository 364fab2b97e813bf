import * as path from 'node:path';
import * as vscode from 'vscode';
import { cancelled, SploraError } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { findChangedInput } from '../../io/changedInput';
import { adapterLabel } from '../format';
import { say, type Message } from '../../core/message';
import { messageText } from '../messageText';
import { showMessage } from '../windowText';
import type { OptionsOf } from '../commandTable';
import { analyze, resultOf } from './analyze';
import type { Invocation } from './registry';
import type { Services } from './services';

export interface SettledResult {
  readonly document: AnalysisDocument;
  /** Which file changed since, in English, without folders; null: none. */
  readonly stale: string | null;
}

type ResultOptions = Pick<OptionsOf<'exportReport'>, 'base' | 'aligned' | 'models' | 'stale'>;

/**
 * The result of an adapter, which is analyzed first if there is none. If its files changed since, asks the user whether
 * to analyze again; a program must allow that with `stale`, or let the user be asked.
 * @param anyway the button that goes on with the result
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
  const stale = `${path.basename(changed.path)} changed after the analysis was made`;
  const wish = call.options.stale;
  if (wish === 'allow') return { document, stale };
  if (call.caller === 'program' && wish !== 'ask') throw refusal(changed.path);
  const again = vscode.l10n.t('Analyze Again');
  const picked = await showMessage(
    'Warning',
    vscode.l10n.t('The scores of {0} are of earlier files.', adapterLabel(adapter)),
    [again, anyway],
    messageText(changedSince(changed.path)),
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
  const { pair } = await services.chooser.known(adapter);
  const models = pair === undefined ? { base, aligned } : await services.chooser.models(adapter, 'user');
  return models === undefined ? undefined : analyze(services, adapter, models, { force: true });
}

function refusal(file: string): SploraError {
  return new SploraError({
    code: 'bad-request',
    message: changedSince(file),
    file,
    advice: say('Analyze the adapter again, or allow earlier scores with {0}.', "{stale: 'allow'}"),
  });
}

function changedSince(file: string): Message {
  return say('{0} changed after the analysis was made.', file);
}
