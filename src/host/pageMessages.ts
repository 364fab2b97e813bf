import { isRecord } from '../core/record';
import { BEHAVIOR_FORMATS } from '../protocol/behavior';
import { REPAIR_FORMATS } from '../protocol/panelRepair';
import { isScoreName } from '../core/report/scores';
import { isTermId } from '../core/report/terms';
import { parseRule } from '../core/selection/rule';
import { EXPORT_FORMATS, type PanelPersisted, type PanelToHost } from '../protocol/panel';
import { COMPARISON_KINDS, type ComparisonRequest, type ComparisonToHost } from '../protocol/comparison';
import type { InspectorToHost } from '../protocol/inspector';

// Pages show hostile names, so their messages are checked. By hand, without a schema library: this is loaded at
// activation, which has 20 ms.

/** No header has room for more modules. */
const MAX_MODULES = 1_000_000;
/** File formats bound module names far below. */
const MAX_NAME = 4096;

/** Undefined for an invalid value. */
type Parse<T> = (value: unknown) => T | undefined;
type Fields = Readonly<Record<string, Parse<unknown>>>;
type Parsed<F extends Fields> = { readonly [K in keyof F]: Exclude<ReturnType<F[K]>, undefined> };

const oneOf =
  <const T>(...choices: readonly T[]): Parse<T> =>
  (value) =>
    choices.find((choice) => choice === value);

const name: Parse<string> = (value) =>
  typeof value === 'string' && value.length <= MAX_NAME ? value : undefined;

const names: Parse<readonly string[]> = (value) => {
  if (!Array.isArray(value) || value.length > MAX_MODULES) return undefined;
  const valid = value.map(name).filter((each) => each !== undefined);
  return valid.length === value.length ? valid : undefined;
};

/** Of a list, or a revision. */
const count: Parse<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

/** An object of some of these fields and no others. */
const partial =
  <F extends Fields>(fields: F): Parse<Partial<Parsed<F>>> =>
  (value) => {
    if (!isRecord(value)) return undefined;
    const parsed = Object.entries(value).map(([key, field]) => {
      const parse = Object.hasOwn(fields, key) ? fields[key] : undefined;
      return [key, parse?.(field)] as const;
    });
    if (parsed.some(([, field]) => field === undefined)) return undefined;
    return Object.fromEntries(parsed) as Partial<Parsed<F>>;
  };

/** For each type of message, its other fields. */
type Messages<M extends { readonly type: string }> = {
  readonly [T in M['type']]: M extends unknown
    ? T extends M['type']
      ? { readonly [K in Exclude<keyof M, 'type'>]: Parse<M[K]> }
      : never
    : never;
};

const PANEL_MESSAGES: Messages<PanelToHost> = {
  ready: {},
  measure: {},
  cancelMeasure: {},
  cancelRepair: {},
  measureRepaired: {},
  revealRepaired: {},
  exportRepair: { format: oneOf(...REPAIR_FORMATS) },
  exportBehavior: { format: oneOf(...BEHAVIOR_FORMATS) },
  analyze: {},
  cancel: {},
  write: {},
  repair: {},
  chooseModels: {},
  checkLoad: {},
  checkReport: {},
  undo: {},
  redo: {},
  unpinAll: {},
  resetToRule: {},
  openSettings: {},
  manageTrust: {},
  showLog: {},
  setSelection: {
    change: partial({
      rule: parseRule,
      rankBy: (value) => (typeof value === 'string' && isScoreName(value) ? value : undefined),
      order: oneOf('largest', 'smallest'),
    }),
    revision: count,
  },
  setOptions: {
    change: partial({ population: oneOf('shape', 'all', 'type'), scale: oneOf('effective', 'none') }),
  },
  pin: { modules: names, verdict: oneOf('keep', 'prune', null), revision: count },
  export: { format: oneOf(...EXPORT_FORMATS) },
  explain: { term: (value) => (isTermId(value) ? value : undefined) },
  revealModule: { module: name },
};

const INSPECTOR_MESSAGES: Messages<InspectorToHost> = {
  ready: {},
  analyze: {},
  retry: {},
  showLog: {},
  manageTrust: {},
  openAsText: {},
};

const COMPARISON_MESSAGES: Messages<ComparisonToHost> = {
  ready: {},
  again: {},
  report: {},
  showLog: {},
  open: { adapter: count, module: (value) => (value === null ? null : name(value)) },
};

function parser<M extends { readonly type: string }>(messages: Messages<M>): (message: unknown) => M | null {
  const known = new Map<unknown, Fields>(Object.entries(messages));
  return (message) => {
    if (!isRecord(message)) return null;
    const { type, ...fields } = message;
    const expected = known.get(type);
    const parsed = expected === undefined ? undefined : partial(expected)(fields);
    if (expected === undefined || parsed === undefined) return null;
    if (Object.keys(expected).some((field) => !(field in parsed))) return null;
    // The table above is typed by `M`, which the compiler cannot follow through the lookup.
    return { type, ...parsed } as unknown as M;
  };
}

/** A checked message from the panel's page; null if it is invalid. */
export const parsePanelMessage = parser(PANEL_MESSAGES);
/** A checked message from the inspector's page; null if it is invalid. */
export const parseInspectorMessage = parser(INSPECTOR_MESSAGES);

/** A checked message from a page that compares adapters; null if it is invalid. */
export const parseComparisonMessage = parser(COMPARISON_MESSAGES);

/** What a restored page compares; null if the state is invalid. */
export function parseComparison(state: unknown): ComparisonRequest | null {
  const request = isRecord(state) ? state['request'] : undefined;
  if (!isRecord(request)) return null;
  const kind = oneOf(...COMPARISON_KINDS)(request['kind']);
  const adapters = names(request['adapters']);
  if (kind === undefined || adapters === undefined || adapters.includes('')) return null;
  const isComplete = kind === 'pair' ? adapters.length === 2 : adapters.length > 0;
  return isComplete ? { kind, adapters } : null;
}

/** The adapter of a restored panel; null if the state is invalid. */
export function parsePersisted(state: unknown): PanelPersisted | null {
  const adapter = isRecord(state) ? name(state['adapter']) : undefined;
  return adapter === undefined || adapter === '' ? null : { adapter };
}
