import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { naturalCompare } from '../core/adapter/names';
import { SploraError } from '../core/errors';
import { holdsModelWeights } from './checkpointLayout';
import { readSmallFile } from './folderFiles';
import { isOutOfSight } from './ioError';

/** A ref is a commit hash of 40 characters. */
const REF_BYTES_MAX = 1024;

/** What the Hub allows: `name` or `owner/name`; no `..` or `--`, which could leave the cache or name another repo. */
const REPO_ID = /^[A-Za-z0-9][\w.-]{0,95}(?:\/[A-Za-z0-9][\w.-]{0,95})?$/;

/** Whether a text can be a repo id, e.g. `openai-community/gpt2`. */
export function isRepoId(text: string): boolean {
  return REPO_ID.test(text) && !/\.\.|--/.test(text);
}

/** A leading `~` replaced by the home folder, as a shell does. */
export function expandHome(path: string, env: NodeJS.ProcessEnv): string {
  if (path !== '~' && !/^~[/\\]/.test(path)) return path;
  return join(env['HOME'] ?? env['USERPROFILE'] ?? homedir(), path.slice(1));
}

/** Where huggingface_hub keeps models, in its order of precedence (huggingface_hub/constants.py). */
export function hubCacheFolder(env: NodeJS.ProcessEnv): string {
  const set = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const home = set('HF_HOME') ?? join(set('XDG_CACHE_HOME') ?? join('~', '.cache'), 'huggingface');
  return expandHome(set('HF_HUB_CACHE') ?? set('HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub'), env);
}

/**
 * The snapshot folder of a repo in the local cache: that of `main`, or else the newest; among these the first with
 * the weights of a model. Undefined when the repo is not there.
 */
export async function findInHubCache(repoId: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (!isRepoId(repoId)) return undefined;
  const repo = join(hubCacheFolder(env), `models--${repoId.replace('/', '--')}`);
  const snapshots = await snapshotsOf(repo);
  for (const snapshot of snapshots) if (await isModel(snapshot)) return snapshot;
  return snapshots[0];
}

/** Repo ids of the models in the local cache, in alphabetical order; adapters are left out. */
export async function listHubCache(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await namesIn(hubCacheFolder(env))) {
    const [kind, ...parts] = name.split('--');
    const repoId = parts.join('/');
    if (kind !== 'models' || parts.length > 2 || !isRepoId(repoId)) continue;
    const snapshot = await findInHubCache(repoId, env);
    if (snapshot !== undefined && (await isModel(snapshot))) found.push(repoId);
  }
  return found.sort(naturalCompare);
}

async function snapshotsOf(repo: string): Promise<string[]> {
  const folder = join(repo, 'snapshots');
  const main = await readMainRef(repo);
  const dated = await Promise.all(
    (await namesIn(folder)).map(async (name) => ({ name, time: await modified(join(folder, name)) })),
  );
  return dated
    .sort((a, b) => Number(b.name === main) - Number(a.name === main) || b.time - a.time)
    .map(({ name }) => join(folder, name));
}

/** Undefined where there is no ref that can be used (a folder, a pipe, too long): then the newest snapshot counts. */
async function readMainRef(repo: string): Promise<string | undefined> {
  try {
    const bytes = await readSmallFile(join(repo, 'refs', 'main'), REF_BYTES_MAX);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8').trim();
  } catch (thrown) {
    if (thrown instanceof SploraError) return undefined;
    throw thrown;
  }
}

async function isModel(folder: string): Promise<boolean> {
  return holdsModelWeights(await namesIn(folder));
}

async function modified(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (thrown) {
    if (isOutOfSight(thrown)) return 0;
    throw thrown;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    // A cache is optional, and may be changing or partly another user's.
    if (isOutOfSight(thrown)) return [];
    throw thrown;
  }
}
