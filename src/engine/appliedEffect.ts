import { withStacks } from '../core/adapter/readAdapter';
import type { Adapter } from '../core/adapter/types';
import { checkLoad } from '../core/check/checkLoad';
import { appliedBy, effectNotes, loadedAs, loadersOf, type AppliedAdapter } from '../core/check/loadedAs';
import type { CheckInput, Loader } from '../core/check/types';
import type { AnalysisDocument } from '../core/report/analysis';

/**
 * The modules and scales that the newest version of `loader` applies by the files of the adapter alone: what the models
 * lack is unmatched, whichever loader is asked.
 */
export function appliedAdapter(adapter: Adapter, loader: Loader): AppliedAdapter {
  const [check] = checkLoad({ adapter: withStacks(adapter) }, [loader]);
  return check === undefined ? { adapter, ignored: new Map() } : appliedBy(adapter, check);
}

/** What an analysis says of the loaders for the format of the adapter, and of the one whose effect is scored. */
export function effectOfLoaders(
  input: CheckInput,
  loader: Loader,
): Pick<AnalysisDocument, 'notes'> & Required<Pick<AnalysisDocument, 'loaders'>> {
  const checks = checkLoad({ ...input, adapter: withStacks(input.adapter) }, [
    loader,
    ...loadersOf(input.adapter.family),
  ]);
  const [scored] = checks;
  return {
    loaders: checks.map(loadedAs),
    notes: scored === undefined ? [] : effectNotes(scored, checks),
  };
}
