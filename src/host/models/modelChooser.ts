import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ModelPair } from '../settingDefinitions';
import type { Settings } from '../settings';
import { ADAPTER_CONFIG } from '../ids';
import { readAlignedHint } from './alignedHint';
import {
  listCandidates,
  locateModel,
  resolveModel,
  sharedSpec,
  type ModelCandidate,
  type ModelPlaces,
} from './candidates';
import { askAboutDoubt, doubtText } from './confirmModels';
import { doubtOf, modelName, type Hint } from './doubt';
import { pickAligned, pickBase, type Chosen } from './modelPicks';
import type { ModelMemory, RecalledModels } from './modelMemory';
import { placesOf, settingPlaces } from './modelPlaces';
import { ModelTrials } from './modelTrials';

interface ChosenPair {
  readonly base: Chosen;
  readonly aligned: Chosen;
}

type Found = Readonly<Record<keyof ChosenPair, Chosen | undefined>>;

const NOTHING: Found = { base: undefined, aligned: undefined };

/** `ask`: a person is there to answer; `tell`: a program called, which must not wait for one. */
export type DoubtManner = 'ask' | 'tell';

/** Finds, offers and remembers the base and the aligned model of an adapter. */
export class ModelChooser {
  readonly #settings: Settings;
  readonly #memory: ModelMemory;
  readonly #warn: (message: string, adapter: string) => void;
  readonly #trials = new ModelTrials();
  /** Doubts that were answered in this session, or told of. */
  readonly #answers = new Map<string, 'swap' | 'as-chosen' | 'told'>();

  /** @param warn shows a sentence about models that a program chose, without waiting for anybody */
  constructor(settings: Settings, memory: ModelMemory, warn: (message: string, adapter: string) => void) {
    this.#settings = settings;
    this.#memory = memory;
    this.#warn = warn;
  }

  /**
   * Absolute paths of both models: what was chosen before, looked at as `confirmed` does, else what a person chooses.
   * @returns undefined when the person turned away
   */
  async models(adapter: string, manner: DoubtManner): Promise<ModelPair | undefined> {
    return (await this.confirmed(adapter, manner)) ?? this.chooseMissing(adapter);
  }

  /**
   * Absolute paths of the models that were chosen before; undefined when none were, or one of them is gone. Where
   * settings name the base only, the aligned model is the one that the adapter names.
   */
  async remembered(adapter: string): Promise<ModelPair | undefined> {
    const pair = await this.#recalled(adapter);
    return pair === undefined ? undefined : pathsOf(pair);
  }

  /** Absolute path of the aligned model that the settings name alone, for all adapters; undefined: none that is here. */
  async aloneAligned(adapter: string): Promise<string | undefined> {
    return (await this.#alone(adapter)).aligned?.path;
  }

  /** Absolute path of the aligned model that the adapter's config names; undefined: none that is here. */
  async named(adapter: string): Promise<string | undefined> {
    return (await this.#hint(adapter))?.path;
  }

  /**
   * As `remembered`, for an analysis: settings can be written by hand, so models that seem to be the wrong way round
   * are asked about, or told of. @returns undefined also when a person wants to choose again
   */
  async confirmed(adapter: string, manner: DoubtManner): Promise<ModelPair | undefined> {
    const pair = await this.#recalled(adapter);
    if (pair === undefined) return undefined;
    // What the engine has refused is not tried again without a word; a program hears the reason from the engine.
    if (manner === 'ask' && this.#trials.isRefused(adapter, pathsOf(pair))) return undefined;
    return this.#beyondDoubt(pair, { adapter, hint: await this.#hint(adapter), manner });
  }

  /** An analysis with these models ended well. */
  proved(adapter: string, pair: ModelPair): void {
    this.#trials.proved(adapter, path.dirname(adapter), pair);
  }

  /** The engine refused these models: a person is asked again, and a choice of this session is taken back. */
  async refused(adapter: string, pair: ModelPair): Promise<void> {
    const folder = path.dirname(adapter);
    const kept = await this.remembered(adapter);
    if (kept?.base !== pair.base || kept.aligned !== pair.aligned) return;
    if (this.#trials.refused(adapter, folder, pair)) await this.#memory.forget(folder);
  }

  /** Keeps a choice for a folder until the engine refuses it: a model of the cache by its repo id. */
  async keep(folder: string, pair: ModelPair): Promise<void> {
    const places = settingPlaces(this.#settings, path.join(folder, ADAPTER_CONFIG));
    const base = await sharedSpec(pair.base, places);
    const aligned = await sharedSpec(pair.aligned, places);
    await this.#memory.remember(folder, { base, aligned });
    this.#trials.kept(folder);
  }

  /**
   * Models given by a caller (a task, another extension), as absolute paths. What seems to be the wrong way round is
   * told, and done as asked.
   * @throws SploraError `not-found`; `io` where it may not be looked at
   */
  async resolve(adapter: string, given: ModelPair): Promise<ModelPair> {
    const pair = {
      base: await this.#find(adapter, given.base),
      aligned: await this.#find(adapter, given.aligned),
    };
    this.#tell(adapter, pair, await this.#hint(adapter));
    return pathsOf(pair);
  }

  /**
   * The absolute path of a model that a caller names.
   * @throws SploraError `not-found`; `io` where it may not be looked at
   */
  async locate(adapter: string, spec: string): Promise<string> {
    return (await this.#find(adapter, spec)).path;
  }

  /** Asks for both models (the aligned one where the adapter names none), and keeps the answer in the settings. */
  choose(adapter: string): Promise<ModelPair | undefined> {
    return this.#choose(adapter, NOTHING);
  }

  /** As `choose`, but one model that the settings name alone is taken as given. */
  async chooseMissing(adapter: string): Promise<ModelPair | undefined> {
    // A pair that is known and comes here was refused or turned down: all of it is open again.
    const isOpen = (await this.#recalled(adapter)) !== undefined;
    return this.#choose(adapter, isOpen ? NOTHING : await this.#alone(adapter));
  }

  async #choose(adapter: string, given: Found): Promise<ModelPair | undefined> {
    const places = placesOf(this.#settings, adapter);
    const hint = await this.#hint(adapter);
    const candidates = await this.#candidates(adapter, places);
    let known = given.base;
    let aligned =
      given.aligned ??
      (hint?.path === undefined
        ? await pickAligned(candidates, hint?.name, places)
        : chosenFrom(candidates, hint.path, hint.name));
    while (aligned !== undefined) {
      const base = known ?? (await pickBase(candidates, aligned));
      known = undefined;
      if (base === 'other-aligned') {
        aligned = await pickAligned(candidates, hint?.name, places);
        continue;
      }
      if (base === undefined) return undefined;
      const pair = await this.#ask({ base, aligned }, hint, undefined);
      if (pair === undefined) continue;
      await this.keep(path.dirname(adapter), { base: pair.base.spec, aligned: pair.aligned.spec });
      return pathsOf(pair);
    }
    return undefined;
  }

  async #find(adapter: string, spec: string): Promise<Chosen> {
    const place = await locateModel(spec, placesOf(this.#settings, adapter));
    return { path: place, name: modelName(spec, place), spec };
  }

  /** What was chosen before, with where it is; undefined when nothing was, or one of both is gone or not known. */
  async #recalled(adapter: string): Promise<ChosenPair | undefined> {
    const chosen = this.#memory.recall(adapter);
    if (chosen === undefined) return undefined;
    const found = await this.#locate(adapter, chosen);
    const aligned = chosen.aligned === undefined ? await this.#namedByAdapter(adapter) : found.aligned;
    return found.base === undefined || aligned === undefined ? undefined : { base: found.base, aligned };
  }

  /** Of settings that name one model only: that one, where it is here. */
  async #alone(adapter: string): Promise<Found> {
    const chosen = this.#memory.recall(adapter);
    const isAlone = chosen !== undefined && (chosen.base === undefined || chosen.aligned === undefined);
    return isAlone ? this.#locate(adapter, chosen) : NOTHING;
  }

  async #locate(adapter: string, chosen: RecalledModels): Promise<Found> {
    const places = settingPlaces(this.#settings, adapter);
    const find = async (spec: string | undefined): Promise<Chosen | undefined> => {
      const place = spec === undefined ? undefined : await resolveModel(spec, places);
      return spec === undefined || place === undefined
        ? undefined
        : { path: place, name: modelName(spec, place), spec };
    };
    const [base, aligned] = await Promise.all([find(chosen.base), find(chosen.aligned)]);
    return { base, aligned };
  }

  async #namedByAdapter(adapter: string): Promise<Chosen | undefined> {
    const hint = await this.#hint(adapter);
    return hint?.path === undefined ? undefined : chosenFrom([], hint.path, hint.name);
  }

  async #hint(adapter: string): Promise<Hint | undefined> {
    const name = await readAlignedHint(adapter);
    return name === undefined
      ? undefined
      : { name, path: await resolveModel(name, placesOf(this.#settings, adapter)) };
  }

  async #beyondDoubt(
    pair: ChosenPair,
    how: { readonly adapter: string; readonly hint: Hint | undefined; readonly manner: DoubtManner },
  ): Promise<ModelPair | undefined> {
    if (how.manner === 'tell') {
      this.#tell(how.adapter, pair, how.hint);
      return pathsOf(pair);
    }
    // Settings hold for many adapters: what was said of one pair holds for the next that has it.
    const settled = await this.#ask(pair, how.hint, this.#answers.get(doubtKey(pair, how.hint)));
    if (settled === undefined) return undefined;
    if (settled !== pair) {
      const { base, aligned } = settled;
      await this.#memory.remember(path.dirname(how.adapter), { base: base.spec, aligned: aligned.spec });
    }
    return pathsOf(settled);
  }

  /** The pair as it is where nothing speaks against it or a person stood by it; else what a person said or says now. */
  async #ask(
    pair: ChosenPair,
    hint: Hint | undefined,
    said: 'swap' | 'as-chosen' | 'told' | undefined,
  ): Promise<ChosenPair | undefined> {
    const { base, aligned } = pair;
    const doubt = doubtOf(base, aligned, hint);
    if (doubt === undefined) return pair;
    const key = doubtKey(pair, hint);
    const known = this.#memory.isAccepted(key) ? 'as-chosen' : said;
    const answer =
      known === undefined || known === 'told' ? await askAboutDoubt(doubt, base, aligned) : known;
    if (answer === undefined) return undefined;
    this.#answers.set(key, answer);
    if (answer === 'swap') return { base: aligned, aligned: base };
    await this.#memory.accept(key);
    return pair;
  }

  #tell(adapter: string, pair: ChosenPair, hint: Hint | undefined): void {
    const doubt = doubtOf(pair.base, pair.aligned, hint);
    const key = doubtKey(pair, hint);
    if (doubt === undefined || this.#answers.has(key) || this.#memory.isAccepted(key)) return;
    this.#answers.set(key, 'told');
    this.#warn(doubtText(doubt, pair.base, pair.aligned), adapter);
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

function pathsOf({ base, aligned }: ChosenPair): ModelPair {
  return { base: base.path, aligned: aligned.path };
}

/** What an answer to a doubt holds for: these two models, for adapters of the same aligned model. */
function doubtKey({ base, aligned }: ChosenPair, hint: Hint | undefined): string {
  return JSON.stringify([hint?.path ?? hint?.name ?? null, base.path, aligned.path]);
}

function chosenFrom(candidates: readonly ModelCandidate[], found: string, hint: string): Chosen {
  const known = candidates.find((candidate) => candidate.path === found);
  return { path: found, name: modelName(hint, found), spec: known?.spec ?? found };
}
