import { readdir } from 'node:fs/promises';
import * as path from 'node:path';
import { expandHome, findInHubCache, hubCacheFolder, isRepoId, listHubCache } from '../../io/hubCache';
import { holdsModelWeights } from '../../io/checkpointLayout';
import { CONFIG_BYTES_MAX, parseConfigText } from '../../core/adapter/configText';
import { MAX_NAME_LENGTH } from '../../core/safetensors/displayName';
import { readSmallFile } from '../../io/folderFiles';
import { errnoCode, ioError, isOutOfSight } from '../../io/ioError';
import { exists } from '../state/keptResults';
import { ADAPTER_CONFIG } from '../ids';
import { SploraError } from '../../core/errors';
import { naturalCompare } from '../../core/adapter/names';
import { baseRank, looksSwapped, modelName, nameKey } from '../../core/checkpoint/naming';
import { isRecord } from '../../core/record';
import type { ModelPair } from '../settingDefinitions';
import { say } from '../../core/message';

export interface ModelCandidate {
  /** What to call it: a repo id, or the folder's name. */
  readonly label: string;
  readonly path: string;
}

/** Where models are looked for. */
export interface ModelPlaces {
  /** Folders from which a relative path may be meant: the adapter's own first, then the workspace folder. */
  readonly from: readonly string[];
  /** Folders that hold models, or owner folders with models. */
  readonly folders: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Entries of one folder that are looked at; a model folder has tens, not thousands. */
const MAX_ENTRIES = 2000;

/** The environment with the cache folder that the settings name, if they name one. */
export function hubEnvironment(env: NodeJS.ProcessEnv, cacheFolder: string): NodeJS.ProcessEnv {
  return cacheFolder === '' ? env : { ...env, HF_HUB_CACHE: cacheFolder };
}

/**
 * A path or repo id of a user or an adapter config -> absolute path of what it names on this machine; undefined
 * when it is nowhere that can be seen: settings and configs are shared, and name places of other machines and users.
 * Folders come before the cache, as `from_pretrained` has it.
 */
export async function resolveModel(
  spec: string,
  places: ModelPlaces,
  isAllowed: (place: string) => boolean = () => true,
): Promise<string | undefined> {
  if (spec.trim() === '' || !isAllowed(spec)) return undefined;
  const expanded = expandHome(spec, places.env);
  const folders = path.isAbsolute(expanded) ? [''] : [...places.from, ...places.folders];
  for (const folder of folders) {
    const place = path.resolve(expandHome(folder, places.env), expanded);
    if (isAllowed(place) && (await canBeSeen(place))) return place;
  }
  return isRepoId(spec) ? findInHubCache(spec, places.env) : undefined;
}

/**
 * The aligned model that an adapter was trained on, as its config names it: PEFT's `base_model_name_or_path`, MLX's
 * `model`. Undefined if the config is missing or broken, or the name is too long: the engine reports what is wrong.
 */
export async function readAlignedHint(adapter: string): Promise<string | undefined> {
  const file = path.join(path.dirname(adapter), ADAPTER_CONFIG);
  try {
    const bytes = await readSmallFile(file, CONFIG_BYTES_MAX);
    const config = bytes === undefined ? {} : parseConfigText(new TextDecoder().decode(bytes), file);
    const hints = [config['base_model_name_or_path'], config['model']];
    return hints.find(
      (hint): hint is string => typeof hint === 'string' && hint !== '' && hint.length <= MAX_NAME_LENGTH,
    );
  } catch (thrown) {
    if (thrown instanceof SploraError) return undefined;
    throw thrown;
  }
}

/**
 * As `resolveModel`, for what an adapter's config names. A stranger wrote it, and to look at a path on another machine
 * reveals the user to it: only machines that hold the user's own folders are asked.
 */
export async function resolveHint(hint: string, places: ModelPlaces): Promise<string | undefined> {
  const own = [...places.from, ...places.folders, '~'].map((folder) =>
    remoteHost(expandHome(folder, places.env)),
  );
  const isAllowed = (place: string): boolean => {
    const host = remoteHost(place);
    return host === undefined || own.includes(host);
  };
  return await resolveModel(hint, places, isAllowed);
}

/** Folders in the root whose entries are looked up on the network (autofs, AFS, macOS), or lead back to the root (proc). */
const MACHINES = new Set(['net', 'misc', 'smb', 'cifs', 'afs', 'network', 'proc']);

/**
 * What of a path decides which machine is asked for it: a UNC path on any platform (`\\server\share`), or a folder that
 * is mounted when somebody looks (`/net/host`, autofs). Undefined for a path of this machine.
 */
export function remoteHost(place: string): string | undefined {
  const [start, first, second] = place.toLowerCase().replaceAll('\\', '/').split('/', 3);
  if (start !== '' || first === undefined) return undefined;
  // `\\?\` and `\\.\` are ways to write any path of Windows.
  if (first === '' && second !== undefined) return second === '?' || second === '.' ? place : `//${second}`;
  return MACHINES.has(first) ? `/${first}/${second ?? ''}` : undefined;
}

/**
 * How to keep a model: by its repo id if that leads to the same folder, else by its path. A snapshot's path is only valid
 * on one machine and for one revision.
 */
export async function sharedSpec(place: string, places: ModelPlaces): Promise<string> {
  const repo = modelName(place);
  if (repo === place || !isRepoId(repo)) return place;
  return (await resolveModel(repo, places)) === path.resolve(place) ? repo : place;
}

/**
 * As `resolveModel`, for a model that has to be there.
 * @throws SploraError `not-found`; `io` where its path is there and may not be looked at
 */
export async function locateModel(spec: string, places: ModelPlaces): Promise<string> {
  const place = await resolveModel(spec, places);
  if (place !== undefined) return place;
  await refuseLocked(expandHome(spec, places.env));
  throw new SploraError({
    code: 'not-found',
    message: say(
      'The model {0} is neither a folder nor in the Hugging Face cache ({1}).',
      JSON.stringify(spec),
      hubCacheFolder(places.env),
    ),
    advice: say('Download it (hf download …), or choose its folder.'),
  });
}

/** @throws SploraError `io` for an absolute path that this user may not look at */
async function refuseLocked(place: string): Promise<void> {
  try {
    if (path.isAbsolute(place)) await exists(place);
  } catch (thrown) {
    if (!['EACCES', 'EPERM', 'ELOOP'].includes(errnoCode(thrown) ?? '')) return;
    const { data } = ioError(thrown, 'Looking for the model failed: {0}', place);
    const advice = say('Check the permissions of the folder, or choose another model.');
    throw new SploraError({ ...data, advice }, { cause: thrown });
  }
}

/** Every model that is found, without weights being read: given folders, their subfolders, and the cache. */
export async function listCandidates(
  known: readonly string[],
  places: ModelPlaces,
): Promise<readonly ModelCandidate[]> {
  const found = new Map<string, ModelCandidate>();
  const add = (folder: string, label = path.basename(folder)): void => {
    if (!found.has(folder)) found.set(folder, { label, path: folder });
  };
  for (const folder of known) if (await isModelFolder(folder)) add(path.resolve(folder));
  for (const folder of places.folders) {
    for (const model of await modelsBelow(expandHome(folder, places.env), 2)) add(model);
  }
  for (const repo of await listHubCache(places.env)) {
    const snapshot = await findInHubCache(repo, places.env);
    if (snapshot !== undefined) add(snapshot, repo);
  }
  return [...found.values()];
}

export interface RankedCandidate extends ModelCandidate {
  readonly guessed: boolean;
}

/** Best guess of the base first, then by name. `aligned` itself (absolute path) is left out. */
export function rankAsBase(
  candidates: readonly ModelCandidate[],
  aligned: string,
): readonly RankedCandidate[] {
  const others = candidates.filter((candidate) => candidate.path !== aligned);
  return ranked(others, ({ label }) => baseRank(modelName(aligned), label));
}

/** Models that may be the aligned one: what the adapter's config names first, then by name. */
export function rankAsAligned(
  candidates: readonly ModelCandidate[],
  hint: string | undefined,
): readonly RankedCandidate[] {
  const wanted = hint === undefined ? undefined : nameKey(hint);
  return ranked(candidates, ({ label }) => (nameKey(label) === wanted ? 0 : Infinity));
}

/** @param rankOf 0 = best; Infinity = not guessed */
function ranked(
  candidates: readonly ModelCandidate[],
  rankOf: (candidate: ModelCandidate) => number,
): readonly RankedCandidate[] {
  return candidates
    .map((candidate) => ({ ...candidate, rank: rankOf(candidate) }))
    .sort((x, y) =>
      x.rank === y.rank ? naturalCompare(x.label.toLowerCase(), y.label.toLowerCase()) : x.rank - y.rank,
    )
    .map(({ rank, ...candidate }) => ({ ...candidate, guessed: rank !== Infinity }));
}

/** As `exists`, but false without permission. */
async function canBeSeen(place: string): Promise<boolean> {
  try {
    return await exists(place);
  } catch (thrown) {
    if (isOutOfSight(thrown)) return false;
    throw thrown;
  }
}

async function isModelFolder(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  return names.includes('config.json') && !names.includes(ADAPTER_CONFIG) && holdsModelWeights(names);
}

async function modelsBelow(folder: string, depth: number): Promise<readonly string[]> {
  if (await isModelFolder(folder)) return [path.resolve(folder)];
  if (depth === 0) return [];
  const found: string[] = [];
  for (const name of await namesIn(folder)) {
    if (name.startsWith('.')) continue;
    for (const model of await modelsBelow(path.join(folder, name), depth - 1)) found.push(model);
  }
  return found;
}

/** Names in a folder; none where there is no folder, or none that this user may look into. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).slice(0, MAX_ENTRIES);
  } catch (thrown) {
    if (isOutOfSight(thrown)) return [];
    throw thrown;
  }
}

/** The model that an adapter says it was trained on. */
export interface Hint {
  readonly name: string;
  /** Undefined: not on this machine. */
  readonly path: string | undefined;
}

/** `base-is-named`: the adapter names the base as its aligned model; `names-swapped`: the names of the models say so. */
export type Doubt = 'base-is-named' | 'names-swapped';

/** Why base and aligned (absolute paths) look swapped; undefined if they do not. */
export function doubtOf({ base, aligned }: ModelPair, hint: Hint | undefined): Doubt | undefined {
  const isNamed = (model: string): boolean =>
    hint !== undefined &&
    (hint.path === undefined ? nameKey(modelName(model)) === nameKey(hint.name) : model === hint.path);
  if (isNamed(base) && !isNamed(aligned)) return 'base-is-named';
  return looksSwapped(modelName(base), modelName(aligned)) ? 'names-swapped' : undefined;
}

/** The entry for the adapter's folder or the nearest one above it, up to the workspace folder (`.`). */
export function nearestEntry(
  entries: Readonly<Record<string, ModelPair>>,
  root: string,
  adapter: string,
): ModelPair | undefined {
  for (let folder = path.dirname(adapter); ; folder = path.dirname(folder)) {
    const key = keyIn(root, folder);
    if (Object.hasOwn(entries, key)) return entries[key];
    if (folder === root || folder === path.dirname(folder)) return undefined;
  }
}

/** A saved setting with one entry added or changed; the other entries stay as the user wrote them, valid or not. */
export function withEntry(
  saved: unknown,
  root: string,
  adapter: string,
  { base, aligned }: ModelPair,
): Readonly<Record<string, unknown>> {
  const entry = { base: shorten(base, root), aligned: shorten(aligned, root) };
  const entries = new Map(isRecord(saved) ? Object.entries(saved) : []);
  return Object.fromEntries(entries.set(keyIn(root, path.dirname(adapter)), entry));
}

/** A folder relative to the workspace folder, with `/` on every system. */
function keyIn(root: string, folder: string): string {
  return path.relative(root, folder).split(path.sep).join('/') || '.';
}

/** A model inside the workspace folder by its relative path, so that the settings can be shared. */
function shorten(spec: string, root: string): string {
  return spec.startsWith(root + path.sep) ? keyIn(root, spec) : spec;
}
