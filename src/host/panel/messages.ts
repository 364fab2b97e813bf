import * as z from 'zod/mini';
import { SCORE_NAMES } from '../../core/report/scores';
import { EXPORT_FORMATS, type PanelPersisted, type PanelToHost } from '../../protocol/panel';

/** No adapter has more modules than a header has room for; a message that names more is not ours. */
const MAX_MODULES = 1_000_000;
/** Longest module name that is taken from a page; file formats bound theirs far below. */
const MAX_NAME = 4096;

const moduleName = z.string().check(z.maxLength(MAX_NAME));
const rule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('top'), k: z.int().check(z.minimum(0), z.maximum(MAX_MODULES)) }),
  z.strictObject({ kind: z.literal('threshold'), threshold: z.number() }),
  z.strictObject({ kind: z.literal('fraction'), fraction: z.number().check(z.minimum(0), z.maximum(1)) }),
  z.strictObject({ kind: z.literal('none') }),
]);
const selectionChange = z.strictObject({
  rule: z.exactOptional(rule),
  rankBy: z.exactOptional(z.enum(SCORE_NAMES)),
  order: z.exactOptional(z.enum(['largest', 'smallest'])),
});
const optionsChange = z.strictObject({
  population: z.exactOptional(z.enum(['shape', 'all', 'type'])),
  scale: z.exactOptional(z.enum(['effective', 'none'])),
});

const panelToHost = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('setSelection'), change: selectionChange }),
  z.strictObject({ type: z.literal('setOptions'), change: optionsChange }),
  z.strictObject({
    type: z.literal('pin'),
    modules: z.array(moduleName).check(z.maxLength(MAX_MODULES)),
    verdict: z.nullable(z.enum(['keep', 'prune'])),
  }),
  z.strictObject({ type: z.literal('export'), format: z.enum(EXPORT_FORMATS) }),
  z.strictObject({ type: z.literal('revealModule'), module: moduleName }),
  z.strictObject({
    type: z.enum(['analyze', 'cancel', 'write', 'chooseModels', 'openSettings', 'showLog']),
  }),
]);

/** A message from the page, checked; null if it is none of ours. A page shows hostile names, so it is not trusted. */
export function parsePanelMessage(message: unknown): PanelToHost | null {
  const parsed = panelToHost.safeParse(message);
  return parsed.success ? parsed.data : null;
}

const persisted = z.object({ adapter: z.string().check(z.minLength(1), z.maxLength(MAX_NAME)) });

/** The adapter that a restored page was about; null if the state is none of ours. */
export function parsePersisted(state: unknown): PanelPersisted | null {
  const parsed = persisted.safeParse(state);
  return parsed.success ? parsed.data : null;
}
