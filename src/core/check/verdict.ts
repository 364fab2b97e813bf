import type { AdapterModule } from '../adapter/types';
import type { Loader, LoaderCheck, LoadFinding, SilentModule } from './types';

/** A loader that stops before it looks at any module. */
export function failed(loader: Loader, message: string): LoaderCheck {
  return { loader, verdict: 'fails', attached: [], silent: [], findings: [{ severity: 'error', message }] };
}

/** Puts the parts of a check together: any error fails the whole adapter, for loaders load all or nothing. */
export function finished(
  loader: Loader,
  modules: readonly AdapterModule[],
  silent: readonly SilentModule[],
  findings: readonly LoadFinding[],
): LoaderCheck {
  const fails = findings.some(({ severity }) => severity === 'error');
  const left = new Set(silent.map(({ module }) => module));
  const attached = modules.map(({ name }) => name).filter((name) => !left.has(name));
  const partly = silent.length > 0 || findings.some(({ severity }) => severity === 'silent');
  return {
    loader,
    verdict: fails ? 'fails' : partly ? 'partly' : 'loads',
    attached: fails ? [] : attached,
    silent,
    findings,
  };
}

/** Last part of a path of either kind of system. */
export function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
