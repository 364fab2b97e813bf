import { render } from '../../src/core/message';
import { translated } from '../strings';

/** Every text of the inspector's page, in English: the key of its translation, as in `webview/strings.ts`. */
export const INSPECTOR_STRINGS = {
  loading: 'Reading the header',
  tensors: 'Tensors',
  oneTensor: '1 tensor',
  manyTensors: '{0} tensors',
  adapterOne: '{0} adapter with 1 module',
  adapterMany: '{0} adapter with {1} modules',
  rank: 'rank {0}',
  scale: 'scale {0}',
  trainedOn: 'trained on {0}',
  declined: 'Cannot be scored:',
  unscoredOne: '1 module has no score:',
  unscoredMany: '{0} modules have no score:',
  note: 'Note:',
  metadataOne: 'Metadata (1 entry)',
  metadataMany: 'Metadata ({0} entries)',
  moreEntries: '{0} more entries',
  showAll: 'Show All',
  analyze: 'Analyze',
  tryAgain: 'Try Again',
  openAsText: 'Open as Text',
  showLog: 'Show Log',
  failed: 'This file cannot be read.',
  restricted: 'Restricted Mode.',
  restrictedWhy:
    'The file can be inspected; scoring it needs a trusted workspace, because its settings say which model files are read.',
  manageTrust: 'Manage Workspace Trust',
  search: 'Search tensors',
  searchHint: 'Search name, type or shape',
  noMatch: 'No tensor matches the search.',
  shown: '{0} of {1} · {2}',
  columnName: 'Name',
  columnType: 'Type',
  columnShape: 'Shape',
  columnSize: 'Size',
  bytes: '{0} bytes',
} as const;

export type InspectorStringKey = keyof typeof INSPECTOR_STRINGS;

/** The text in the language of the window, with `{0}` … filled in. Values are never read as patterns themselves. */
export function text(key: InspectorStringKey, ...values: readonly (string | number)[]): string {
  return render({ text: INSPECTOR_STRINGS[key], values }, translated);
}
