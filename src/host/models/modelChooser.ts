import * as path from 'node:path';
import * as vscode from 'vscode';
import { isRepoId } from '../../io/hubCache';
import type { Caller } from '../commands/call';
import { SETTING_SECTION } from '../ids';
import type { ModelPair } from '../settingDefinitions';
import type { Settings } from '../settings';
import { StepPicker } from '../windowText';
import { askAboutDoubt, askAligned, askBase, doubtText, type Found } from './askModels';
import {
  doubtOf,
  hubEnvironment,
  listCandidates,
  locateModel,
  nearestEntry,
  readAlignedHint,
  resolveHint,
  resolveModel,
  sharedSpec,
  withEntry,
  type Doubt,
  type Hint,
  type ModelCandidate,
  type ModelPlaces,
} from './findModels';

/** What is known about the models of an adapter without asking. All paths are absolute. */
export interface KnownModels {
  readonly adapter: string;
  readonly places: ModelPlaces;
  /** The aligned model that the adapter's config names. */
  readonly hint: Hint | undefined;
  /** Of the answer in memory: adapters with the same aligned model and the same settings share it. */
  readonly key: string;
  /** The models come from an answer, not from the settings. */
  readonly isAnswer: boolean;
  readonly base: string | undefined;
  readonly aligned: string | undefined;
  /** Both; the aligned model is `hint` if neither an answer nor the settings name one. */
  readonly pair: ModelPair | undefined;
}

/** More models than this are too many to choose from in one list. */
const MAX_WORKSPACE_MODELS = 500;

/**
 * Finds the base and the aligned model of an adapter, or asks for them. An answer is kept in the memory of the workspace
 * and holds until the settings change; without an answer, the settings hold.
 */
export class ModelChooser {
  /** Pairs that the engine refused in this session, by adapter. */
  readonly #refused = new Set<string>();
  readonly #warned = new Set<string>();

  /** @param warn shows a sentence and does not wait for an answer */
  constructor(
    private readonly settings: Settings,
    private readonly memory: vscode.Memento,
    private readonly warn: (message: string, adapter: string) => void,
  ) {}

  /** The models for an analysis: the known ones, else what the user chooses. Undefined: the user canceled. */
  async models(adapter: string, caller: Caller): Promise<ModelPair | undefined> {
    const known = await this.known(adapter);
    if (known.pair === undefined) return this.#ask(known, known);
    if (caller === 'program') {
      this.#warnOnce(known, known.pair);
      return known.pair;
    }
    const isRefused = this.#refused.has(keyOf(adapter, known.pair));
    return (isRefused ? undefined : await this.#confirm(known, known.pair)) ?? this.#ask(known);
  }

  /** The aligned model alone: the one that is known, else what the user chooses. Undefined: the user canceled. */
  async aligned(adapter: string): Promise<string | undefined> {
    const known = await this.known(adapter);
    const found = known.aligned ?? known.hint?.path;
    if (found !== undefined) return found;
    const key = `aligned:${known.key}`;
    const kept = await resolveModel(this.memory.get<string>(key) ?? '', known.places);
    if (kept !== undefined) return kept;
    const picker = new StepPicker();
    try {
      const picked = await askAligned(picker, () => find(known), {});
      if (picked !== undefined)
        await this.memory.update(key, await sharedSpec(picked, settingPlaces(known.places)));
      return picked;
    } finally {
      picker.dispose();
    }
  }

  /** Asks for both models; what is known is marked. */
  async choose(adapter: string): Promise<ModelPair | undefined> {
    const known = await this.known(adapter);
    return this.#ask(known, { bothSteps: true });
  }

  /**
   * The models that a program names. If they look swapped, it is warned, and they are used as given.
   * @throws SploraError `not-found`; `io` without permission to look
   */
  async given(adapter: string, { base, aligned }: ModelPair): Promise<ModelPair> {
    const known = await this.known(adapter);
    const pair = {
      base: await locateModel(base, known.places),
      aligned: await locateModel(aligned, known.places),
    };
    this.#warnOnce(known, pair);
    return pair;
  }

  async known(adapter: string): Promise<KnownModels> {
    const places = placesOf(this.settings, adapter);
    const name = await readAlignedHint(adapter);
    const hint = name === undefined ? undefined : { name, path: await resolveHint(name, places) };
    const saved = savedModels(this.settings, adapter);
    const key = answerKey(adapter, hint, saved);
    const answer = this.memory.get<ModelPair>(key);
    const chosen = answer ?? saved;
    const find = (spec = ''): Promise<string | undefined> => resolveModel(spec, settingPlaces(places));
    const [base, aligned] = await Promise.all([find(chosen.base), find(chosen.aligned)]);
    const other = chosen.aligned === undefined ? hint?.path : aligned;
    const pair = base === undefined || other === undefined ? undefined : { base, aligned: other };
    return { adapter, places, hint, key, isAnswer: answer !== undefined, base, aligned, pair };
  }

  /** Keeps an answer; absolute paths. */
  async keep(adapter: string, pair: ModelPair): Promise<void> {
    await this.#keep(await this.known(adapter), pair);
  }

  /** Writes the models (absolute paths) into the settings of the adapter's workspace folder. */
  async save(adapter: string, pair: ModelPair): Promise<void> {
    await saveModels(adapter, await sharedSpecs(pair, placesOf(this.settings, adapter)));
    // An answer is one to the settings as they were.
    await this.keep(adapter, pair);
  }

  /** The engine refused these models (absolute paths) for the adapter: the user is asked next time. */
  async refused(adapter: string, pair: ModelPair): Promise<void> {
    this.#refused.add(keyOf(adapter, pair));
    const known = await this.known(adapter);
    if (isAnswer(known, pair)) await this.memory.update(known.key, undefined);
  }

  /** In two steps, with a way back; a step whose answer is given or named by the adapter is left out at first. */
  async #ask(known: KnownModels, { base, aligned, bothSteps }: Given = {}): Promise<ModelPair | undefined> {
    const picker = new StepPicker();
    const steps = base === undefined ? STEPS : undefined;
    const look = (): Promise<Found> => find(known);
    let given = base;
    // If the base is known, the aligned model is what is missing.
    const named = base === undefined && bothSteps !== true ? known.hint?.path : undefined;
    let found = aligned ?? named;
    let current = known.pair?.aligned ?? known.hint?.path;
    try {
      for (;;) {
        found ??= await askAligned(picker, look, { current, step: steps?.[0] });
        if (found === undefined) return undefined;
        const other =
          given === undefined
            ? await askBase(picker, look, found, { current: known.base, step: STEPS[1] })
            : { model: given };
        given = undefined;
        if (other === undefined) return undefined;
        if (other === 'back') {
          current = found;
          found = undefined;
          continue;
        }
        const pair = await this.#confirm(known, { base: other.model, aligned: found });
        if (pair !== undefined) return await this.#keep(known, pair);
      }
    } finally {
      picker.dispose();
    }
  }

  /** Asks if the models look swapped. Undefined: the user wants to choose again. */
  async #confirm(known: KnownModels, pair: ModelPair): Promise<ModelPair | undefined> {
    const doubt = doubtAbout(known, pair);
    if (doubt === undefined) return pair;
    const answer = await askAboutDoubt(doubt, pair);
    if (answer === undefined) return undefined;
    return this.#keep(known, answer === 'swap' ? { base: pair.aligned, aligned: pair.base } : pair);
  }

  #warnOnce(known: KnownModels, pair: ModelPair): void {
    const doubt = doubtAbout(known, pair);
    const about = keyOf(known.key, pair);
    if (doubt === undefined || this.#warned.has(about)) return;
    this.#warned.add(about);
    this.warn(doubtText(doubt, pair), known.adapter);
  }

  async #keep({ adapter, places, key }: KnownModels, pair: ModelPair): Promise<ModelPair> {
    await this.memory.update(key, await sharedSpecs(pair, places));
    this.#refused.delete(keyOf(adapter, pair));
    return pair;
  }
}

/** What a question need not ask for. */
interface Given {
  readonly base?: string | undefined;
  readonly aligned?: string | undefined;
  /** Ask for the aligned model also if the adapter names it. */
  readonly bothSteps?: boolean;
}

const STEPS = [
  [1, 2],
  [2, 2],
] as const;

/** What is on this machine now: a download may have ended since the last look. */
async function find(known: KnownModels): Promise<Found> {
  const { hint, places } = known;
  const candidates = await listAround(known);
  const path = hint === undefined ? undefined : await resolveHint(hint.name, places);
  return { candidates, hint: hint === undefined ? undefined : { ...hint, path }, places };
}

/** Models in the workspace, beside the adapter, and in the places for models. */
async function listAround({ adapter, places }: KnownModels): Promise<readonly ModelCandidate[]> {
  const configs = await vscode.workspace.findFiles('**/config.json', undefined, MAX_WORKSPACE_MODELS);
  const inWorkspace = configs.map((uri) => path.dirname(uri.fsPath));
  const around = path.dirname(path.dirname(adapter));
  return listCandidates(inWorkspace, { ...places, folders: [around, ...places.folders] });
}

async function sharedSpecs({ base, aligned }: ModelPair, places: ModelPlaces): Promise<ModelPair> {
  const from = settingPlaces(places);
  return { base: await sharedSpec(base, from), aligned: await sharedSpec(aligned, from) };
}

/** Adapters that name the same aligned model share an answer; one that names none keeps it for its own folder. */
function answerKey(adapter: string, hint: Hint | undefined, saved: Partial<ModelPair>): string {
  const { name = '', path: found } = hint ?? {};
  const aligned = found ?? (isRepoId(name) ? name : path.resolve(path.dirname(adapter), name));
  return `models:${JSON.stringify([aligned, saved.base ?? '', saved.aligned ?? ''])}`;
}

function isAnswer({ isAnswer, pair }: KnownModels, { base, aligned }: ModelPair): boolean {
  return isAnswer && pair?.base === base && pair.aligned === aligned;
}

function doubtAbout(known: KnownModels, pair: ModelPair): Doubt | undefined {
  return isAnswer(known, pair) ? undefined : doubtOf(pair, known.hint);
}

function keyOf(about: string, { base, aligned }: ModelPair): string {
  return JSON.stringify([about, base, aligned]);
}

/** Where the models of an adapter are looked for: its own folder first, then its workspace folder. */
export function placesOf(settings: Settings, adapter: string): ModelPlaces {
  const uri = vscode.Uri.file(adapter);
  const root = rootOf(uri);
  const own = path.dirname(adapter);
  return {
    from: root === undefined || root === own ? [own] : [own, root],
    folders: settings.get('models.folders', uri),
    env: hubEnvironment(process.env, settings.get('models.huggingFaceCache', uri)),
  };
}

/** Where models are looked for that the settings name: relative paths start from the workspace folder. */
function settingPlaces(places: ModelPlaces): ModelPlaces {
  return { ...places, from: [...places.from].reverse() };
}

/** The models that the settings name for an adapter: those of its folder or the nearest one above, else those for all. */
function savedModels(settings: Settings, adapter: string): Partial<ModelPair> {
  const uri = vscode.Uri.file(adapter);
  const root = rootOf(uri);
  const entry =
    root === undefined ? undefined : nearestEntry(settings.get('models.byAdapter', uri), root, adapter);
  if (entry !== undefined) return entry;
  const [base, aligned] = [settings.get('models.base', uri), settings.get('models.aligned', uri)];
  return { ...(base === '' ? {} : { base }), ...(aligned === '' ? {} : { aligned }) };
}

/** Whether the settings of a workspace folder can hold the models of this adapter. */
export function canSaveModels(adapter: string): boolean {
  return rootOf(vscode.Uri.file(adapter)) !== undefined;
}

/** Writes the models of an adapter into the settings of its workspace folder. */
async function saveModels(adapter: string, pair: ModelPair): Promise<void> {
  const uri = vscode.Uri.file(adapter);
  const root = rootOf(uri);
  if (root === undefined) return;
  const configuration = vscode.workspace.getConfiguration(SETTING_SECTION, uri);
  // What the settings of the user and the workspace add does not belong into this file.
  const own = configuration.inspect('models.byAdapter')?.workspaceFolderValue;
  const entries = withEntry(own, root, adapter, pair);
  await configuration.update('models.byAdapter', entries, vscode.ConfigurationTarget.WorkspaceFolder);
}

function rootOf(uri: vscode.Uri): string | undefined {
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
}
