import * as path from 'node:path';
import * as vscode from 'vscode';
import { isRepoId } from '../../io/hubCache';
import type { Caller } from '../commands/call';
import type { ModelPair } from '../settingDefinitions';
import type { Settings } from '../settings';
import { readAlignedHint } from './alignedHint';
import {
  listCandidates,
  locateModel,
  resolveHint,
  resolveModel,
  sharedSpec,
  type ModelCandidate,
  type ModelPlaces,
} from './candidates';
import { doubtOf, type Doubt, type Hint } from './doubt';
import { askAboutDoubt, doubtText, pickAligned, pickBase } from './modelQuestions';
import { placesOf, savedModels, saveModels, settingPlaces } from './modelSettings';

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
  readonly #settings: Settings;
  readonly #memory: vscode.Memento;
  readonly #warn: (message: string, adapter: string) => void;
  /** Pairs that the engine refused in this session, by adapter. */
  readonly #refused = new Set<string>();
  readonly #warned = new Set<string>();

  /** @param warn shows a sentence and does not wait for an answer */
  constructor(settings: Settings, memory: vscode.Memento, warn: (message: string, adapter: string) => void) {
    this.#settings = settings;
    this.#memory = memory;
    this.#warn = warn;
  }

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

  /** Asks for both models, whatever is known. Undefined: the user canceled. */
  async choose(adapter: string): Promise<ModelPair | undefined> {
    return this.#ask(await this.known(adapter));
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

  /** What is known without asking. */
  async known(adapter: string): Promise<KnownModels> {
    const places = placesOf(this.#settings, adapter);
    const name = await readAlignedHint(adapter);
    const hint = name === undefined ? undefined : { name, path: await resolveHint(name, places) };
    const saved = savedModels(this.#settings, adapter);
    const key = answerKey(adapter, hint, saved);
    const answer = this.#memory.get<ModelPair>(key);
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
    await saveModels(adapter, await sharedSpecs(pair, placesOf(this.#settings, adapter)));
    // An answer is one to the settings as they were.
    await this.keep(adapter, pair);
  }

  /** The engine refused these models (absolute paths) for the adapter: the user is asked next time. */
  async refused(adapter: string, pair: ModelPair): Promise<void> {
    this.#refused.add(keyOf(adapter, pair));
    const known = await this.known(adapter);
    if (isAnswer(known, pair)) await this.#memory.update(known.key, undefined);
  }

  async #ask(known: KnownModels, given: Partial<KnownModels> = {}): Promise<ModelPair | undefined> {
    const { hint, places } = known;
    const candidates = await listAround(known);
    const askAligned = (): Promise<string | undefined> => pickAligned(candidates, hint, places);
    let base = given.base;
    // If the base is known, the aligned model is what is missing.
    let aligned = given.aligned ?? (base === undefined ? hint?.path : undefined) ?? (await askAligned());
    while (aligned !== undefined) {
      const picked = base === undefined ? await pickBase(candidates, aligned) : { model: base };
      base = undefined;
      if (picked === undefined) return undefined;
      if (picked === 'other-aligned') {
        aligned = await askAligned();
        continue;
      }
      const pair = await this.#confirm(known, { base: picked.model, aligned });
      if (pair !== undefined) return this.#keep(known, pair);
    }
    return undefined;
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
    this.#warn(doubtText(doubt, pair), known.adapter);
  }

  async #keep({ adapter, places, key }: KnownModels, pair: ModelPair): Promise<ModelPair> {
    await this.#memory.update(key, await sharedSpecs(pair, places));
    this.#refused.delete(keyOf(adapter, pair));
    return pair;
  }
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
