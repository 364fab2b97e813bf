import { say } from '../message';
import { LOADER_NAMES } from '../report/loaders';
import type { LoaderCheck, LoaderDifference } from './types';

/**
 * Pairs of loaders that both load the adapter and do not run the same model. Loaders that refuse it run none, and what
 * cannot be determined is not compared.
 */
export function loaderDifferences(checks: readonly LoaderCheck[]): readonly LoaderDifference[] {
  const known = checks
    .filter(({ verdict }) => verdict !== 'refused' && verdict !== 'unknown')
    .map((check) => ({ loader: check.loader, effect: effectOf(check) }));
  return known.flatMap((left, at) =>
    known
      .slice(at + 1)
      .filter(({ effect }) => effect !== left.effect)
      .map((right) => ({
        loaders: [left.loader, right.loader] as const,
        message: say(
          '{0} and {1} would not run the same model.',
          LOADER_NAMES[left.loader],
          LOADER_NAMES[right.loader],
        ),
      })),
  );
}

/** A text that is the same for two checks whose models do the same. */
function effectOf({ attached, altered, findings }: LoaderCheck): string {
  const changes = findings.flatMap(({ severity, change }) =>
    severity === 'silent' && change !== undefined ? [change] : [],
  );
  return JSON.stringify([
    [...attached].sort(),
    altered.map(({ module, scale }) => [module, scale]).sort(),
    [...new Set(changes)].sort(),
  ]);
}
