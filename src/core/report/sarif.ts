import type { ModuleVerdict } from '../selection/types';
import type { AnalysisDocument } from './analysis';
import { escapeSarifText, fileUri, jsonText } from './escape';
import { findings, type Finding, type Ranking } from './findings';
import { SCORE_NAMES } from './scores';

/** Stable ids of what is reported; the diagnostics of surfaces use the same. */
export const FLAGGED_RULE_ID = 'splora-flagged-module';
export const UNSCORED_RULE_ID = 'splora-unscored-module';

const RULES = [
  {
    id: FLAGGED_RULE_ID,
    name: 'FlaggedModule',
    shortDescription: { text: 'A LoRA module that the rule in force would prune.' },
    fullDescription: {
      text: 'The module stands out by the chosen score of its weights against the alignment direction of the model. Scores measure weights, not behaviour.',
    },
    defaultConfiguration: { level: 'warning' },
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
] as const;

/** Flagged modules, and those that no score covers, as a SARIF 2.1.0 log. */
export function formatSarif(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  ranking: Ranking,
): string {
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'SPLoRA', semanticVersion: document.tool.version, rules: RULES } },
        columnKind: 'utf16CodeUnits',
        artifacts: [{ location: { uri: fileUri(document.adapter) } }],
        results: [
          ...findings(document, verdicts, ranking).map((finding) => flagged(document, finding)),
          ...unscored(document),
        ],
      },
    ],
  };
  return jsonText(log);
}

function flagged(document: AnalysisDocument, { module, result, verdict, sentence }: Finding): object {
  const scores = Object.fromEntries(SCORE_NAMES.map((name) => [name, result[name]]));
  return {
    ruleId: FLAGGED_RULE_ID,
    ruleIndex: 0,
    level: 'warning',
    message: { text: `${escapeSarifText(module)}: ${escapeSarifText(sentence)}` },
    locations: [location(document, module)],
    ...(verdict.rankPosition === null ? {} : { rank: rankPercent(document, verdict.rankPosition) }),
    properties: { by: verdict.by, ...scores },
  };
}

function unscored(document: AnalysisDocument): readonly object[] {
  return document.modules.flatMap((result) =>
    result.status === 'unmatched' || result.status === 'unsupported'
      ? [
          {
            ruleId: UNSCORED_RULE_ID,
            ruleIndex: 1,
            level: 'note',
            message: { text: `${escapeSarifText(result.module)}: ${escapeSarifText(result.reason)}` },
            locations: [location(document, result.module)],
          },
        ]
      : [],
  );
}

function location(document: AnalysisDocument, module: string): object {
  return {
    physicalLocation: { artifactLocation: { uri: fileUri(document.adapter), index: 0 } },
    logicalLocations: [{ fullyQualifiedName: module, kind: 'module' }],
  };
}

/** SARIF's `rank`: 100 is the most important result. */
function rankPercent(document: AnalysisDocument, position: number): number {
  return Number((100 * (1 - (position - 1) / document.modules.length)).toFixed(2));
}
