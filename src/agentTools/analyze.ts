import { say } from '../core/message';
import { choice, integer, type OptionValues } from '../core/options';
import { isPair, type AnalysisDocument } from '../core/report/analysis';
import { loadedAsText } from '../core/report/loaders';
import { evidenceOf } from '../core/evidence/evidence';
import { headline } from '../core/evidence/headline';
import { reasonsText } from '../core/evidence/reasons';
import { RANKING_SCORES } from '../core/report/scores';
import { select } from '../core/selection/select';
import type { ModuleVerdict, SelectionOptions } from '../core/selection/types';
import { defineTool } from './define';
import { ADAPTER, listed, messageText, MODELS, nameText } from './shared';

const DEFAULT_TOP = 10;

/** Which modules a repair takes. */
export const SELECTION = {
  top: integer(`Select the n modules with the highest score (default: ${DEFAULT_TOP}).`, { minimum: 0 }),
  rankBy: choice(RANKING_SCORES, 'The score that decides (default: ediemIqr, as published).'),
} as const;

export function selectionOf({
  top = DEFAULT_TOP,
  rankBy = 'ediemIqr',
}: Partial<OptionValues<typeof SELECTION>>): SelectionOptions {
  return { rule: { kind: 'top', k: top }, rankBy, pins: { keep: [], prune: [] } };
}

export const analyze = defineTool({
  name: 'splora_analyze',
  title: say('Analyze Adapter'),
  description:
    'Scores every LoRA module of an adapter against the alignment direction, aligned minus base (E-DIEM), ranks them, and says which stand out beyond chance (it can be none). Reads weights only: scores follow the size of the update and do not say whether the model refuses; use splora_measure for that.',
  required: ADAPTER,
  optional: { ...MODELS, ...SELECTION },
  call: async ({ top, rankBy, ...models }, operations) => {
    const document = await operations.analyze(models);
    const selection = selectionOf({
      ...(top === undefined ? {} : { top }),
      ...(rankBy === undefined ? {} : { rankBy }),
    });
    return summary(document, selection, select(document.modules, selection));
  },
});

function summary(
  document: AnalysisDocument,
  { rankBy }: SelectionOptions,
  verdicts: readonly ModuleVerdict[],
): object {
  const { adapter, base, aligned, modules, loaders = [], notes, about } = document;
  const evidence = evidenceOf(document);
  const byName = new Map(modules.map((result) => [result.module, result]));
  const ranked = verdicts
    .filter(({ rankPosition }) => rankPosition !== null)
    .sort((a, b) => (a.rankPosition ?? 0) - (b.rankPosition ?? 0));
  return {
    ...{ adapter, base, aligned, rankedBy: rankBy, modules: modules.length },
    found: headline(evidence, null, rankBy).sentences.map(messageText),
    standsOut: listed(evidence.standsOut, ({ module, reasons }) => ({
      module: nameText(module),
      why: messageText(reasonsText(reasons)),
    })),
    selected: verdicts.filter(({ verdict }) => verdict === 'prune').length,
    ranking: listed(ranked, ({ module, verdict }) => {
      const result = byName.get(module);
      return {
        module: nameText(module),
        score: result?.[rankBy] ?? null,
        updateNorm: result?.updateNorm ?? null,
        selected: verdict === 'prune',
      };
    }),
    notScored: listed(
      modules.filter((result) => result.status !== 'scored'),
      ({ module, reason }) => ({ module: nameText(module), reason: messageText(reason) }),
    ),
    loading: loaders.map((loaded) => messageText(loadedAsText(loaded, modules.filter(isPair).length))),
    notes: notes.map(messageText),
    about,
  };
}
