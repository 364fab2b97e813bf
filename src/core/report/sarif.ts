import type { RankedBy } from '../selection/select';
import type { ModuleVerdict } from '../selection/types';
import { isPair, type AnalysisDocument, type ModuleResult } from './analysis';
import { evidenceOf } from '../evidence/evidence';
import { reasonsText } from '../evidence/reasons';
import { escapeSarifText, fileUri, jsonText } from './escape';
import { findings, scoredCount, verdictSentence, type Finding } from './findings';
import { isDoubtful, loadedAsText, LOADER_NAMES } from './loaders';
import { SCORE_NAMES } from './scores';
import { render } from '../message';

export const SARIF_SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** Stable ids of what is reported; the diagnostics of surfaces use the same. */
export const STANDS_OUT_RULE_ID = 'splora-module-stands-out';
export const UNSCORED_RULE_ID = 'splora-unscored-module';
export const REPLACED_RULE_ID = 'splora-replaced-weight';
export const CARRIED_RULE_ID = 'splora-unscored-tensor';
export const LOADER_RULE_ID = 'splora-loader';
export const SELECTED_RULE_ID = 'splora-selected-module';

const RULES = [
  {
    id: STANDS_OUT_RULE_ID,
    name: 'ModuleStandsOut',
    shortDescription: { text: 'A LoRA module whose weights stand out beyond chance.' },
    fullDescription: {
      text: 'The update acts against the alignment step, or is an outlier among the modules of its kind, beyond what chance gives. Scores measure weights, not behavior.',
    },
    defaultConfiguration: { level: 'note' },
  },
  {
    id: UNSCORED_RULE_ID,
    name: 'UnscoredModule',
    shortDescription: { text: 'A LoRA module that could not be scored.' },
    fullDescription: {
      text: 'The base has no such tensor, or the module is of a kind that E-DIEM does not apply to.',
    },
    defaultConfiguration: { level: 'note' },
  },
  {
    id: REPLACED_RULE_ID,
    name: 'ReplacedWeight',
    shortDescription: { text: "A whole weight that loaders put in the place of the model's own." },
    fullDescription: {
      text: 'PEFT loads whole tensors of an adapter file over the weights of the base model, whatever the config says. No rule prunes them.',
    },
    defaultConfiguration: { level: 'warning' },
  },
  {
    id: CARRIED_RULE_ID,
    name: 'UnscoredTensor',
    shortDescription: { text: 'A tensor of the adapter file that no score covers.' },
    fullDescription: { text: 'What it changes in the model, if anything, is not measured.' },
    defaultConfiguration: { level: 'warning' },
  },
  {
    id: LOADER_RULE_ID,
    name: 'LoaderEffect',
    shortDescription: { text: 'A loader refuses the adapter, or gives it another effect.' },
    fullDescription: {
      text: "The loader's own rules were applied to names, shapes, and the config; nothing was loaded. splora check has the reasons.",
    },
    defaultConfiguration: { level: 'warning' },
  },
  {
    id: SELECTED_RULE_ID,
    name: 'SelectedModule',
    shortDescription: { text: 'A LoRA module that the rule in force, or a pin, selects.' },
    fullDescription: { text: 'The choice of the user: it says nothing about the module.' },
    defaultConfiguration: { level: 'none' },
  },
] as const;

/** What stands out, replaced weights, what no score covers, and what is selected, as a SARIF 2.1.0 log. */
export function formatSarif(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  ranking: RankedBy,
): string {
  const log = {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'SPLoRA', semanticVersion: document.tool.version, rules: RULES } },
        columnKind: 'utf16CodeUnits',
        artifacts: [{ location: { uri: fileUri(document.adapter) } }],
        results: [
          ...standsOut(document),
          ...replaced(document, verdicts, ranking),
          ...unscored(document),
          ...document.carried.map(({ tensor, reason }) => resultOf(3, document, tensor, render(reason))),
          ...loaderResults(document),
          ...findings(document, verdicts, ranking).map((finding) => selected(document, finding)),
        ],
      },
    ],
  };
  return jsonText(log);
}

/** @param rule index in `RULES` */
function resultOf(
  rule: 0 | 1 | 2 | 3 | 4 | 5,
  { adapter }: AnalysisDocument,
  name: string,
  sentence: string,
  more: object = {},
): object {
  const { id, defaultConfiguration } = RULES[rule];
  return {
    ruleId: id,
    ruleIndex: rule,
    level: defaultConfiguration.level,
    message: { text: `${escapeSarifText(name)}: ${escapeSarifText(sentence)}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: fileUri(adapter), index: 0 } },
        logicalLocations: [{ fullyQualifiedName: name, kind: 'module' }],
      },
    ],
    ...more,
  };
}

function standsOut(document: AnalysisDocument): readonly object[] {
  const results = new Map(document.modules.map((result) => [result.module, result]));
  return evidenceOf(document).standsOut.flatMap(({ module, reasons }) => {
    const result = results.get(module);
    if (result === undefined) return [];
    const sentence = `${render(reasonsText(reasons))}.`;
    return [resultOf(0, document, module, sentence, { properties: { reasons, ...scoresOf(result) } })];
  });
}

/** No finding: what was chosen, for those who read the log. */
function selected(document: AnalysisDocument, { module, result, verdict, sentence }: Finding): object {
  const { rankPosition, by } = verdict;
  return resultOf(5, document, module, sentence, {
    kind: 'informational',
    ...(rankPosition === null ? {} : { rank: rankPercent(document, rankPosition) }),
    properties: { by, ...scoresOf(result) },
  });
}

/** All but the selected ones, which have a result, and those that hold the model's own weight. */
function replaced(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  ranking: RankedBy,
): readonly object[] {
  const byModule = new Map(verdicts.map((verdict) => [verdict.module, verdict]));
  const total = scoredCount(document);
  return document.modules.flatMap((result) => {
    const { module } = result;
    const verdict = byModule.get(module) ?? { module, verdict: 'keep', by: 'rule', rankPosition: null };
    if (isPair(result) || result.status === 'inactive' || verdict.verdict === 'prune') return [];
    const sentence = verdictSentence(result, verdict, ranking, total);
    return [resultOf(2, document, module, sentence, { properties: { by: verdict.by, ...scoresOf(result) } })];
  });
}

function scoresOf(result: ModuleResult): object {
  return Object.fromEntries(SCORE_NAMES.map((name) => [name, result[name]]));
}

function unscored(document: AnalysisDocument): readonly object[] {
  return document.modules
    .filter(isPair)
    .flatMap((result) =>
      result.status === 'unmatched' || result.status === 'unsupported'
        ? [resultOf(1, document, result.module, render(result.reason))]
        : [],
    );
}

function loaderResults(document: AnalysisDocument): readonly object[] {
  const total = document.modules.filter(isPair).length;
  return (document.loaders ?? []).filter(isDoubtful).map((loaded) =>
    resultOf(4, document, LOADER_NAMES[loaded.loader], render(loadedAsText(loaded, total)), {
      properties: { ...loaded },
    }),
  );
}

/** SARIF's `rank`: 100 is the most important result. */
function rankPercent(document: AnalysisDocument, position: number): number {
  return Number((100 * (1 - (position - 1) / document.modules.length)).toFixed(2));
}
