import type { AdapterModule } from '../adapter/types';
import type { Loader, LoaderCheck, LoadFinding, SilentModule } from './types';
import type { Message } from '../message';

/** A loader that stops before it looks at any module. */
export function failed(loader: Loader, message: Message): LoaderCheck {
  const findings: LoadFinding[] = [{ severity: 'error', message }];
  return { loader, verdict: 'fails', attached: [], silent: [], unsure: [], findings };
}

/** Puts the parts of a check together: any error fails the whole adapter, for loaders load all or nothing. */
export function finished(
  loader: Loader,
  modules: readonly AdapterModule[],
  silent: readonly SilentModule[],
  findings: readonly LoadFinding[],
  unsure: readonly SilentModule[] = [],
): LoaderCheck {
  const fails = findings.some(({ severity }) => severity === 'error');
  const left = new Set([...silent, ...unsure].map(({ module }) => module));
  const attached = modules.map(({ name }) => name).filter((name) => !left.has(name));
  const partly = silent.length > 0 || findings.some(({ severity }) => severity === 'silent');
  return {
    loader,
    verdict: fails ? 'fails' : partly ? 'partly' : unsure.length > 0 ? 'unknown' : 'loads',
    attached: fails ? [] : attached,
    silent,
    unsure,
    findings,
  };
}
