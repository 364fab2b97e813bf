import { Disposable } from '../disposable';
import type { AnalysisStore } from './analysisStore';

/** Tells a surface which adapters to draw again, in bursts: a dragged cut changes verdicts many times a second. */
export class AdapterRefresh extends Disposable {
  /** Draws an adapter soon; undefined: all that are or were in the store. */
  readonly soon: (adapter: string | undefined) => void;

  /** @param draw called with changed and removed adapters, at most once in `everyMs` milliseconds */
  constructor(
    store: Pick<AnalysisStore, 'adapters' | 'onDidChange'>,
    everyMs: number,
    draw: (adapters: readonly string[]) => void,
  ) {
    super();
    const list = (): readonly string[] => store.adapters.map(({ adapter }) => adapter);
    const pending = new Set<string>();
    let known = list();
    let timer: NodeJS.Timeout | undefined;
    this._register({ dispose: () => clearTimeout(timer) });
    this.soon = (adapter) => {
      const listed = adapter === undefined ? list() : known;
      for (const key of adapter === undefined ? [...known, ...listed] : [adapter]) pending.add(key);
      known = listed;
      timer ??= setTimeout(() => {
        timer = undefined;
        const adapters = [...pending];
        pending.clear();
        draw(adapters);
      }, everyMs);
    };
    this._register(store.onDidChange(this.soon));
  }
}
