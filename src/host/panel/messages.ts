import { isRecord } from '../../core/record';
import { isScoreName } from '../../core/report/scores';
import { parseRule } from '../../core/selection/rule';
import type { SelectionEdit } from '../../core/selection/select';
import {
  EXPORT_FORMATS,
  type PanelOptionsChange,
  type PanelPersisted,
  type PanelToHost,
} from '../../protocol/panel';

// Plain checks and no schema library: this is loaded at activation, which has 20 ms.

/** No adapter has more modules than a header has room for; a message that names more is not ours. */
const MAX_MODULES = 1_000_000;
/** Longest module name that is taken from a page; file formats bound theirs far below. */
const MAX_NAME = 4096;

type Fields = Readonly<Record<string, unknown>>;

const WISHES = [
  'ready',
  'analyze',
  'cancel',
  'write',
  'repair',
  'chooseModels',
  'checkLoad',
  'checkReport',
  'openSettings',
  'manageTrust',
  'showLog',
] as const;
const ORDERS = ['largest', 'smallest'] as const;
const POPULATIONS = ['shape', 'all', 'type'] as const;
const SCALES = ['effective', 'none'] as const;
const VERDICTS = ['keep', 'prune', null] as const;

/** A message from the page, checked; null if it is none of ours. A page shows hostile names, so it is not trusted. */
export function parsePanelMessage(message: unknown): PanelToHost | null {
  if (!isRecord(message)) return null;
  const wish = oneOf(WISHES, message['type']);
  if (wish !== undefined) return hasOnly(message, ['type']) ? { type: wish } : null;
  switch (message['type']) {
    case 'setSelection':
      return setSelection(message);
    case 'setOptions': {
      const change = hasOnly(message, ['type', 'change']) ? optionsChange(message['change']) : null;
      return change === null ? null : { type: 'setOptions', change };
    }
    case 'pin':
      return pin(message);
    case 'export': {
      const format = hasOnly(message, ['type', 'format']) ? oneOf(EXPORT_FORMATS, message['format']) : null;
      return format == null ? null : { type: 'export', format };
    }
    case 'revealModule': {
      const { module } = message;
      if (!hasOnly(message, ['type', 'module']) || !isName(module)) return null;
      return { type: 'revealModule', module };
    }
    default:
      return null;
  }
}

/** The adapter that a restored page was about; null if the state is none of ours. */
export function parsePersisted(state: unknown): PanelPersisted | null {
  if (!isRecord(state)) return null;
  const { adapter } = state;
  return isName(adapter) && adapter !== '' ? { adapter } : null;
}

function pin(message: Fields): PanelToHost | null {
  const { modules, revision } = message;
  const verdict = oneOf(VERDICTS, message['verdict']);
  if (!hasOnly(message, ['type', 'modules', 'verdict', 'revision']) || verdict === undefined) return null;
  if (!Array.isArray(modules) || modules.length > MAX_MODULES || !isRevision(revision)) return null;
  const names = (modules as readonly unknown[]).filter(isName);
  return names.length === modules.length ? { type: 'pin', modules: names, verdict, revision } : null;
}

function setSelection(message: Fields): PanelToHost | null {
  const { revision } = message;
  if (!hasOnly(message, ['type', 'change', 'revision']) || !isRevision(revision)) return null;
  const change = selectionChange(message['change']);
  return change === null ? null : { type: 'setSelection', change, revision };
}

function selectionChange(value: unknown): SelectionEdit | null {
  if (!isRecord(value) || !hasOnly(value, ['rule', 'rankBy', 'order'])) return null;
  const { rankBy } = value;
  const rule = 'rule' in value ? parseRule(value['rule']) : undefined;
  const order = oneOf(ORDERS, value['order']);
  if (('rule' in value && rule === undefined) || ('order' in value && order === undefined)) return null;
  if ('rankBy' in value && !(typeof rankBy === 'string' && isScoreName(rankBy))) return null;
  return {
    ...(rule === undefined ? {} : { rule }),
    ...(typeof rankBy === 'string' && isScoreName(rankBy) ? { rankBy } : {}),
    ...(order === undefined ? {} : { order }),
  };
}

function optionsChange(value: unknown): PanelOptionsChange | null {
  if (!isRecord(value) || !hasOnly(value, ['population', 'scale'])) return null;
  const population = oneOf(POPULATIONS, value['population']);
  const scale = oneOf(SCALES, value['scale']);
  if ('population' in value && population === undefined) return null;
  if ('scale' in value && scale === undefined) return null;
  return { ...(population === undefined ? {} : { population }), ...(scale === undefined ? {} : { scale }) };
}

function hasOnly(fields: Fields, names: readonly string[]): boolean {
  return Object.keys(fields).every((name) => names.includes(name));
}

function oneOf<const T>(choices: readonly T[], value: unknown): T | undefined {
  return choices.find((choice) => choice === value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME;
}

function isRevision(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
