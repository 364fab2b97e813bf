import * as path from 'node:path';
import * as vscode from 'vscode';
import { cancelled, SploraError } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { findChangedInput } from '../../io/changedInput';
import { adapterLabel } from '../format';
import { messageText } from '../messageText';
import { showMessage } from '../windowText';
import { analyzeAgain, resultOf } from './analyze';
import type { Services } from './services';
import { givenOptions, isScripted, type CommandArguments } from './targets';
import { say, type Message } from '../../core/message';

/** The result that a command goes on with. */
export interface SettledResult {
  readonly document: AnalysisDocument;
  /** In English, without folders, for what is written: which file changed since; null: the result is of these files. */
  readonly stale: string | null;
}

/**
 * The result of an adapter as its files are now: analyzed first where there is none; where files changed since, a person
 * says whether to analyze again or to go on. A program goes on with `{stale: 'allow'}` only, and lets a person be asked
 * with `{stale: 'ask'}`.
 * @param anyway the button of a person who goes on with earlier scores
 * @throws SploraError `bad-request` for a program, `cancelled` when the person turned away
 */
export async function settledResult(
  services: Services,
  adapter: string,
  args: CommandArguments,
  anyway: string,
): Promise<SettledResult> {
  const document = await resultOf(services, adapter, args);
  const changed = await findChangedInput(document);
  if (changed === undefined) return { document, stale: null };
  const stale = `${path.basename(changed.path)} changed after the analysis was made`;
  const wish = givenOptions(args)?.['stale'];
  if (wish === 'allow') return { document, stale };
  if (isScripted(args) && wish !== 'ask') throw refusal(changed.path);
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
