import type { Adapter, AdapterFamily } from '../adapter/types';
import { say, type Message } from '../message';
import { LOADER_NAMES } from '../report/loaders';
import { loaderDifferences } from './differences';
import { LOADERS, type Loader, type LoaderCheck } from './types';

/** What an analysis keeps of a load check. */
export interface LoadedAs extends Pick<LoaderCheck, 'loader' | 'version' | 'verdict'> {
  /** How many modules attach. */
  readonly attached: number;
  /** Names of modules that are ignored, or applied in another way; none where nothing attaches. */
  readonly ignored: readonly string[];
  readonly altered: readonly string[];
}

/** Loaders that read adapters of the format. */
export const loadersOf = (family: AdapterFamily): readonly Loader[] =>
  family === 'mlx' ? ['mlx'] : LOADERS.filter((loader) => loader !== 'mlx');

export function loadedAs({ loader, version, verdict, attached, altered, silent }: LoaderCheck): LoadedAs {
  const isListed = verdict === 'other' || verdict === 'unknown';
  return {
    loader,
    version,
    verdict,
    attached: attached.length + altered.length,
    ignored: isListed ? silent.map(({ module }) => module) : [],
    altered: isListed ? altered.map(({ module }) => module) : [],
  };
}

/** The adapter as one loader applies it. */
export interface AppliedAdapter {
  /** With the scales that the loader applies. */
  readonly adapter: Adapter;
  /** Why the loader does not apply some modules, by name. */
  readonly ignored: ReadonlyMap<string, Message>;
}

/** Where the loader applies nothing at all, the adapter as the file has it. */
export function appliedBy(adapter: Adapter, check: LoaderCheck): AppliedAdapter {
  if (!appliesSome(check)) return { adapter, ignored: new Map() };
  const scales = new Map(check.altered.map(({ module, scale }) => [module, scale]));
  const ignored = new Map(
    check.silent.map(({ module, reason }) => [
      module,
      say('{0} does not apply it: {1}', LOADER_NAMES[check.loader], reason),
    ]),
  );
  const modules = adapter.modules.map((module) => ({
    ...module,
    scale: scales.get(module.name) ?? module.scale,
  }));
  return { adapter: { ...adapter, modules }, ignored };
}

const appliesSome = ({ verdict }: LoaderCheck): boolean => verdict !== 'refused' && verdict !== 'nothing';

/** Whose effect the scores are of, where that is not plain: for the notes of an analysis. */
export function effectNotes(scored: LoaderCheck, checks: readonly LoaderCheck[]): readonly Message[] {
  const { loader, verdict, version } = scored;
  const name = LOADER_NAMES[loader];
  if (verdict === 'refused')
    return [say('{0} {1} would refuse the adapter: scores are of all that the file holds.', name, version)];
  if (verdict === 'nothing')
    return [
      say(
        'In {0} {1} the adapter would have no effect: scores are of all that the file holds.',
        name,
        version,
      ),
    ];
  return loaderDifferences([scored, ...checks.filter((check) => check.loader !== loader)])
    .filter(({ loaders }) => loaders.includes(loader))
    .map(({ message }) => say('{0} Scores are of {1}.', message, name));
}
