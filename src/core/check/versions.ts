import { badRequest } from '../errors';
import { say, verbatim, type Message } from '../message';
import { displayName } from '../safetensors/displayName';
import type { Loader, Version, VersionRange } from './types';

/** First and last version that the rules are for. The last one of each was run (`test/unit/core/check/truth.test.ts`). */
export const LOADER_VERSIONS: Readonly<
  Record<Loader, { readonly oldest: Version; readonly newest: Version }>
> = {
  peft: { oldest: [0, 15], newest: [0, 21] },
  transformers: { oldest: [5, 19], newest: [5, 19] },
  vllm: { oldest: [0, 10], newest: [0, 32] },
  mlx: { oldest: [0, 24], newest: [0, 32] },
  'llama.cpp': { oldest: [10434, 0], newest: [11434, 0] },
};

const isBuild = ([major]: Version): boolean => major >= 1000;

/** As its users write it: `0.21`, or `b10434` for llama.cpp. */
export const versionText = (version: Version): string =>
  isBuild(version) ? `b${version[0]}` : version.join('.');

/** Negative: `left` is older. */
export const compareVersions = (left: Version, right: Version): number =>
  left[0] - right[0] || left[1] - right[1];

export const isInRange = (version: Version, { since, before }: VersionRange): boolean =>
  (since === undefined || compareVersions(version, since) >= 0) &&
  (before === undefined || compareVersions(version, before) < 0);

/** The versions of a range in words; undefined: all. */
export function rangeText({ since, before }: VersionRange): Message | undefined {
  if (before !== undefined && since !== undefined)
    return say('{0} up to, but not including, {1}', versionText(since), versionText(before));
  if (before !== undefined) return say('before {0}', versionText(before));
  return since === undefined ? undefined : say('since {0}', versionText(since));
}

/** From the oldest to the newest version, e.g. `0.15 to 0.21`. */
export function supportedVersions(loader: Loader): Message {
  const { oldest, newest } = LOADER_VERSIONS[loader];
  if (compareVersions(oldest, newest) === 0) return verbatim(versionText(newest));
  return say('{0} to {1}', versionText(oldest), versionText(newest));
}

/**
 * The version that a user gives: `0.21`, `0.21.2` (only the minor version counts), `b10434`.
 * @throws SploraError `bad-request` for other texts, and versions that the rules are not for
 */
export function parseLoaderVersion(loader: Loader, text: string): Version {
  const [, major, minor] = /^v?(\d{1,3})\.(\d{1,4})(?:\.[\w.+-]{1,40})?$/.exec(text) ?? [];
  const build = /^b?(\d{4,6})$/.exec(text)?.[1];
  const { oldest, newest } = LOADER_VERSIONS[loader];
  const given: Version | undefined = isBuild(newest)
    ? build === undefined
      ? undefined
      : [Number(build), 0]
    : minor === undefined
      ? undefined
      : [Number(major), Number(minor)];
  if (given !== undefined && compareVersions(given, oldest) >= 0 && compareVersions(given, newest) <= 0)
    return given;
  throw badRequest(
    say('Unknown version {0} of {1}', displayName(text.slice(0, 40)), loader),
    say('Known versions: {0}.', supportedVersions(loader)),
  );
}
