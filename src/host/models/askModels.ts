import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { guessBaseNames, modelName } from '../../core/checkpoint/naming';
import { hubCacheFolder, isRepoId } from '../../io/hubCache';
import type { ModelPair } from '../settingDefinitions';
import { pickFolder, showMessage, showStatus, type Row, type StepPicker } from '../windowText';
import {
  rankAsAligned,
  rankAsBase,
  type Doubt,
  type Hint,
  type ModelCandidate,
  type ModelPlaces,
  type RankedCandidate,
} from './findModels';
import { shortPath } from './shortPath';

/** What is on this machine. */
export interface Found {
  readonly candidates: readonly ModelCandidate[];
  /** The aligned model that the adapter names. */
  readonly hint: Hint | undefined;
  readonly places: ModelPlaces;
}

type Look = () => Promise<Found>;

interface StepState {
  /** Absolute path of the model that is chosen now. */
  readonly current?: string | undefined;
  readonly step?: readonly [number, number] | undefined;
}

/** Absolute path. */
interface Chosen {
  readonly model: string;
}

type Answer = Chosen | 'copy' | 'browse' | 'look';

interface ModelRow extends Row {
  readonly answer?: Answer;
}

/** One question about a model; made again for each look at the machine. */
interface Question {
  readonly title: string;
  readonly placeHolder: string;
  readonly models: readonly ModelRow[];
  /** A model that would be the answer, and is not on this machine. */
  readonly missing: Missing | undefined;
}

interface Missing {
  readonly name: string;
  readonly label: string;
}

/** Long enough to read one line. */
const STATUS_MS = 6000;

/** Asks for the aligned model; the one that the adapter names comes first. Undefined: the user canceled. */
export async function askAligned(
  picker: StepPicker,
  look: Look,
  state: StepState,
): Promise<string | undefined> {
  const answer = await ask(picker, look, state, false, ({ candidates, hint }) => ({
    title: vscode.l10n.t('Aligned Model'),
    placeHolder: vscode.l10n.t('The chat model that this adapter was trained on'),
    models: modelRows(rankAsAligned(candidates, hint?.name), vscode.l10n.t('named by the adapter'), state),
    missing:
      hint === undefined || hint.path !== undefined
        ? undefined
        : {
            name: hint.name,
            label: vscode.l10n.t('{0} is not on this machine', hint.name),
          },
  }));
  return answer === 'back' ? undefined : answer?.model;
}

/** Asks for the base of an aligned model; the guess comes first. Undefined: the user canceled. */
export function askBase(
  picker: StepPicker,
  look: Look,
  aligned: string,
  state: StepState,
): Promise<Chosen | 'back' | undefined> {
  const [guess] = guessBaseNames(modelName(aligned));
  return ask(picker, look, state, true, ({ candidates }) => {
    const ranked = rankAsBase(candidates, aligned);
    return {
      title: vscode.l10n.t('Unaligned Base Model'),
      placeHolder: vscode.l10n.t('The base model that {0} was made from', shortName(aligned)),
      models: modelRows(ranked, vscode.l10n.t('guessed from the name'), state),
      missing:
        ranked[0]?.guessed === true || guess === undefined
          ? undefined
          : {
              name: modelName(guess),
              label: vscode.l10n.t('{0}, probably the base, is not on this machine', shortName(guess)),
            },
    };
  });
}

/** Asks until there is a model: copying a command and looking again come back to the list. */
async function ask(
  picker: StepPicker,
  look: Look,
  { step, current }: StepState,
  canGoBack: boolean,
  questionOf: (found: Found) => Question,
): Promise<Chosen | 'back' | undefined> {
  for (;;) {
    picker.busy();
    const found = await look();
    const { title, placeHolder, models, missing } = questionOf(found);
    const cache = shownPath(hubCacheFolder(found.places.env));
    const rows = [...missingRows(missing, cache), ...models, ...(missing === undefined ? otherRows() : [])];
    const picked = await picker.pick<ModelRow>(rows, {
      title: `SPLoRA: ${title}`,
      placeHolder,
      canGoBack,
      ...(step === undefined ? {} : { step }),
      current: models.find(({ answer }) => typeof answer === 'object' && answer.model === current),
    });
    if (picked === undefined || picked === 'back') return picked;
    const { answer } = picked;
    if (typeof answer === 'object') return answer;
    if (answer === 'copy' && missing !== undefined) await copyCommand(missing.name);
    if (answer !== 'browse') continue;
    const model = await pickFolder(title, vscode.l10n.t('Choose Model Folder'));
    if (model !== undefined) return { model };
  }
}

/** Says that a model is not here, and what to do about it. */
function missingRows(missing: Missing | undefined, cache: string): readonly ModelRow[] {
  if (missing === undefined) return [];
  const { name, label } = missing;
  const command = downloadCommand(name);
  const copy: ModelRow = {
    icon: 'copy',
    label: vscode.l10n.t('Copy Download Command'),
    description: command ?? '',
    answer: 'copy',
  };
  const separator = { label: vscode.l10n.t('on this machine'), kind: vscode.QuickPickItemKind.Separator };
  return [
    {
      icon: 'warning',
      label,
      detail: vscode.l10n.t('Looked in folders and in the Hugging Face cache ({0})', cache),
      answer: command === undefined ? 'browse' : 'copy',
    },
    ...(command === undefined ? [] : [copy]),
    ...otherRows(),
    separator,
  ];
}

function otherRows(): readonly ModelRow[] {
  return [
    { icon: 'folder-opened', label: vscode.l10n.t('Browse…'), answer: 'browse' },
    { icon: 'refresh', label: vscode.l10n.t('Look Again'), answer: 'look' },
  ];
}

/** Undefined for what is no repo id: a path of another machine cannot be downloaded. */
export function downloadCommand(name: string): string | undefined {
  return isRepoId(name) ? `hf download ${name}` : undefined;
}

async function copyCommand(name: string): Promise<void> {
  const command = downloadCommand(name);
  if (command === undefined) return;
  await vscode.env.clipboard.writeText(command);
  showStatus(vscode.l10n.t('SPLoRA: copied {0}. Run it in a terminal, then look again.', command), STATUS_MS);
}

function modelRows(
  ranked: readonly RankedCandidate[],
  note: string,
  { current }: StepState,
): readonly ModelRow[] {
  return ranked.map(({ label, path: model, guessed }) => ({
    ...(model === current ? { icon: 'check' } : {}),
    label,
    description: guessed ? note : '',
    detail: shownPath(model),
    answer: { model },
  }));
}

/** A path as rows and messages show it. */
export function shownPath(place: string): string {
  const roots = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  return shortPath(place, { roots, home: os.homedir() });
}

/** Asks what to do about models that look swapped. Undefined: choose again. */
export async function askAboutDoubt(
  doubt: Doubt,
  pair: ModelPair,
): Promise<'swap' | 'as-chosen' | undefined> {
  const swap = vscode.l10n.t('Swap');
  const asChosen = vscode.l10n.t('Use Anyway');
  const detail = vscode.l10n.t(
    'Base: {0}. Aligned: {1}. If they are swapped, the reversal score has the wrong sign and ranks the wrong modules; the other scores stay the same. Cancel to choose again.',
    shownPath(pair.base),
    shownPath(pair.aligned),
  );
  const picked = await showMessage('Warning', doubtText(doubt, pair), [swap, asChosen], detail);
  return picked === swap ? 'swap' : picked === asChosen ? 'as-chosen' : undefined;
}

export function doubtText(doubt: Doubt, { base, aligned }: ModelPair): string {
  return doubt === 'base-is-named'
    ? vscode.l10n.t('The adapter names {0} as its aligned model, not as its base.', shortName(base))
    : vscode.l10n.t('By its name, {0} is the base of {1}.', shortName(aligned), shortName(base));
}

/** A repo id, or the last part of a path: the whole path is shown elsewhere. */
function shortName(model: string): string {
  const name = modelName(model);
  return path.isAbsolute(name) ? path.basename(name) : name;
}
