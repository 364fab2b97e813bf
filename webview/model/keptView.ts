import { scoreInfo } from '../../src/core/report/scores';
import { INITIAL_VIEW, type ViewState } from './page';
import type { ColumnId, Filter, Show, Sort } from './rows';

const COLUMNS: Readonly<Record<ColumnId, unknown>> = {
  ...scoreInfo,
  ...{ module: 1, verdict: 1, position: 1, rank: 1, bytes: 1 },
};
const SHOWS: Readonly<Record<Show, unknown>> = { all: 1, prune: 1, keep: 1, pinned: 1, unscored: 1 };

/** What a page of this or an earlier version has kept: each part that this version knows, else as at first. */
export function parseView(kept: unknown): ViewState {
  const view: Partial<ViewState> = objectOf(kept);
  const sort: Partial<Sort> = objectOf(view.sort);
  const filter: Partial<Filter> = objectOf(view.filter);
  return {
    sort:
      sort.column !== undefined && Object.hasOwn(COLUMNS, sort.column)
        ? { column: sort.column, descending: sort.descending === true }
        : INITIAL_VIEW.sort,
    filter:
      filter.show !== undefined && Object.hasOwn(SHOWS, filter.show) && typeof filter.text === 'string'
        ? { text: filter.text, show: filter.show }
        : INITIAL_VIEW.filter,
    helpOpen: view.helpOpen === true,
  };
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
