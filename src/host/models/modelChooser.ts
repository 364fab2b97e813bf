import * as path from 'node:path';
import * as vscode from 'vscode';
import { SploraError } from '../../core/errors';
import type { ModelPair } from '../settingDefinitions';
import type { Settings } from '../settings';
import { readAlignedHint } from '../state/resolveAdapter';
import {
  cacheFolder,
  hubEnvironment,
  listCandidates,
  rankAsAligned,
  rankAsBase,
  resolveModel,
  type ModelCandidate,
  type ModelPlaces,
} from './candidates';
import { guessBaseNames, looksSwapped } from '../../core/checkpoint/naming';
import type { ModelMemory } from './modelMemory';

/** A model that a person settled on. */
interface Chosen {
  /** Absolute path. */
  readonly path: string;
  /** Name by which its base is guessed: the repo id or path as the config or the candidate has it. */
  readonly name: string;
  /** What settings keep. */
  readonly spec: string;
}

type PickItem = vscode.QuickPickItem & {
  readonly choice?:
    { readonly kind: 'model'; readonly model: Chosen } | { readonly kind: 'browse' | 'other-aligned' };
};

/** Finds, offers and remembers the base and the aligned model of an adapter. */
export class ModelChooser {
  readonly #settings: Settings;
  readonly #memory: ModelMemory;

  constructor(settings: Settings, memory: ModelMemory) {
    this.#settings = settings;
    this.#memory = memory;
  }

  /**
   * Absolute paths of both models: what was chosen before, else what a person chooses now.
   * @returns undefined when the person turned away
   * @throws SploraError `not-found` when a model that was chosen before is gone and nobody may be asked
   */
  async models(adapter: string): Promise<ModelPair | undefined> {
    return (await this.remembered(adapter)) ?? this.choose(adapter);
  }

  /** Absolute paths of the models that were chosen before; undefined when none were, or one of them is gone. */
  async remembered(adapter: string): Promise<ModelPair | undefined> {
    const pair = this.#memory.recall(adapter);
    if (pair === undefined) return undefined;
    const places = this.#places(adapter);
    // Settings name folders from the workspace folder, adapters from their own.
    const settingPlaces = { ...places, from: [...places.from].reverse() };
    const [base, aligned] = await Promise.all([
      resolveModel(pair.base, settingPlaces),
      resolveModel(pair.aligned, settingPlaces),
    ]);
    return base === undefined || aligned === undefined ? undefined : { base, aligned };
  }

  /** Models given by a caller (a task, another extension), as absolute paths. */
  async resolve(adapter: string, given: ModelPair): Promise<ModelPair> {
    const places = this.#places(adapter);
    const find = async (spec: string): Promise<string> => {
      const place = await resolveModel(spec, places);
      if (place !== undefined) return place;
      throw new SploraError({
        code: 'not-found',
        message: `The model ${JSON.stringify(spec)} is neither a folder nor in the Hugging Face cache (${cacheFolder(places)}).`,
        advice: 'Download it (hf download …), or choose its folder.',
      });
    };
    return { base: await find(given.base), aligned: await find(given.aligned) };
  }

  /**
   * Asks, and keeps the answer in the settings for `scope`.
   * @param scope folder that the choice is for; the adapter's own unless given
   */
  async choose(adapter: string, scope = path.dirname(adapter)): Promise<ModelPair | undefined> {
    const places = this.#places(adapter);
    const hint = await readAlignedHint(adapter);
    const candidates = await this.#candidates(adapter, places);
    const hinted = hint === undefined ? undefined : await resolveModel(hint, places);
    let aligned: Chosen | undefined;
    if (hint !== undefined && hinted !== undefined) {
      aligned = chosenFrom(candidates, hinted, hint);
    } else {
      aligned = await this.#pickAligned(candidates, hint, places);
    }
    while (aligned !== undefined) {
      const base = await this.#pickBase(candidates, aligned);
      if (base === 'other-aligned') {
        aligned = await this.#pickAligned(candidates, hint, places);
        continue;
      }
      if (base === undefined) return undefined;
      const doubt = doubtOf(base, aligned, hinted);
      const answer = doubt === undefined ? 'as-chosen' : await confirm(doubt, base, aligned);
      if (answer === undefined) continue;
      if (answer === 'swap') {
        await this.#memory.remember(scope, { base: aligned.spec, aligned: base.spec });
        return { base: aligned.path, aligned: base.path };
      }
      await this.#memory.remember(scope, { base: base.spec, aligned: aligned.spec });
      return { base: base.path, aligned: aligned.path };
    }
    return undefined;
  }

  async #pickAligned(
    candidates: readonly ModelCandidate[],
    hint: string | undefined,
    places: ModelPlaces,
  ): Promise<Chosen | undefined> {
    const items = rankAsAligned(candidates, hint).map(({ candidate, guessed }) =>
      modelItem(candidate, guessed ? vscode.l10n.t('named by the adapter') : ''),
    );
    const placeHolder =
      hint === undefined
        ? vscode.l10n.t('The chat model that this adapter was trained on')
        : vscode.l10n.t(
            '“{0}” (from adapter_config.json) is neither a folder here nor in {1}',
            hint,
            cacheFolder(places),
          );
    const title = vscode.l10n.t('Aligned Model');
    const picked = await pick(title, placeHolder, [...items, ...tail()]);
    return picked?.kind === 'browse' ? browse(title) : picked?.kind === 'model' ? picked.model : undefined;
  }

  async #pickBase(
    candidates: readonly ModelCandidate[],
    aligned: Chosen,
  ): Promise<Chosen | 'other-aligned' | undefined> {
    const ranked = rankAsBase(candidates, aligned);
    const items = ranked.map(({ candidate, guessed }) =>
      modelItem(candidate, guessed ? vscode.l10n.t('guessed from the name') : ''),
    );
    const [guess] = guessBaseNames(aligned.name);
    const placeHolder =
      ranked[0]?.guessed === true || guess === undefined
        ? vscode.l10n.t('Please confirm the base from which {0} was aligned', called(aligned))
        : vscode.l10n.t(
            'The base of {0}, perhaps {1}, which was not found here',
            called(aligned),
            path.basename(guess),
          );
    const other: PickItem = {
      label: `$(arrow-swap) ${vscode.l10n.t('Another Aligned Model…')}`,
      description: vscode.l10n.t('now: {0}', aligned.path),
      choice: { kind: 'other-aligned' },
    };
    const title = vscode.l10n.t('Unaligned Base Model');
    const picked = await pick(title, placeHolder, [...items, ...tail(other)]);
    if (picked?.kind === 'other-aligned') return 'other-aligned';
    return picked?.kind === 'browse' ? browse(title) : picked?.kind === 'model' ? picked.model : undefined;
  }

  #places(adapter: string): ModelPlaces {
    const uri = vscode.Uri.file(adapter);
    const root = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
    const own = path.dirname(adapter);
    return {
      from: root === undefined || root === own ? [own] : [own, root],
      folders: this.#settings.get('models.folders'),
      env: hubEnvironment(process.env, this.#settings.get('models.huggingFaceCache')),
    };
  }

  async #candidates(adapter: string, places: ModelPlaces): Promise<readonly ModelCandidate[]> {
    const configs = await vscode.workspace.findFiles('**/config.json', undefined, MAX_WORKSPACE_MODELS);
    const inWorkspace = configs.map((uri) => path.dirname(uri.fsPath));
    const around = path.dirname(path.dirname(adapter));
    return listCandidates(inWorkspace, { ...places, folders: [around, ...places.folders] });
  }
}

/** A quick pick with more models than this helps nobody. */
const MAX_WORKSPACE_MODELS = 500;

/** Why the choice seems to be the wrong way round; undefined when nothing speaks against it. */
function doubtOf(base: Chosen, aligned: Chosen, hinted: string | undefined): string | undefined {
  if (base.path === hinted)
    return vscode.l10n.t('{0} is the aligned model that this adapter names, not its base.', called(base));
  if (looksSwapped(base.name, aligned.name))
    return vscode.l10n.t('Going by their names, {0} is the base of {1}.', called(aligned), called(base));
  return undefined;
}

/** Undefined: choose again. */
async function confirm(
  doubt: string,
  base: Chosen,
  aligned: Chosen,
): Promise<'swap' | 'as-chosen' | undefined> {
  const swap = vscode.l10n.t('Exchange Them');
  const asChosen = vscode.l10n.t('Use as Chosen');
  const detail = vscode.l10n.t(
    'Chosen: base {0}, aligned {1}. The wrong way round, the reversal score changes its sign and ranks the wrong modules; the other scores stay the same. Cancel to choose again.',
    base.path,
    aligned.path,
  );
  const picked = await vscode.window.showWarningMessage(doubt, { modal: true, detail }, swap, asChosen);
  return picked === swap ? 'swap' : picked === asChosen ? 'as-chosen' : undefined;
}

function chosenFrom(candidates: readonly ModelCandidate[], found: string, hint: string): Chosen {
  const known = candidates.find((candidate) => candidate.path === found);
  const name = path.isAbsolute(hint) || hint.startsWith('.') ? found : hint;
  return { path: found, name, spec: known?.spec ?? found };
}

/** A repo id as it is, a folder by its last part: the whole path stands in the list. */
function called(model: Chosen): string {
  return path.isAbsolute(model.name) ? path.basename(model.name) : model.name;
}

function modelItem(candidate: ModelCandidate, description: string): PickItem {
  const model = { path: candidate.path, name: candidate.label, spec: candidate.spec };
  return { label: candidate.label, description, detail: candidate.path, choice: { kind: 'model', model } };
}

function tail(...more: readonly PickItem[]): readonly PickItem[] {
  return [
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...more,
    { label: `$(folder-opened) ${vscode.l10n.t('Browse…')}`, choice: { kind: 'browse' } },
  ];
}

async function pick(
  title: string,
  placeHolder: string,
  items: readonly PickItem[],
): Promise<PickItem['choice'] | undefined> {
  const options = {
    title: `SPLoRA: ${title}`,
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true,
  };
  return (await vscode.window.showQuickPick(items, options))?.choice;
}

async function browse(title: string): Promise<Chosen | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title,
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t('Choose Model Folder'),
  });
  const folder = picked?.[0]?.fsPath;
  return folder === undefined ? undefined : { path: folder, name: folder, spec: folder };
}
