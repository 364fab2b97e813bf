import assert from 'node:assert/strict';
import { FLAGGED_RULE_ID, formatSarif, UNSCORED_RULE_ID } from '../../../../src/core/report/sarif';
import { analysisOf, HOSTILE_NAME, scored, unscored, verdict } from '../../../support/analysisDocument';

interface Log {
  version: string;
  runs: {
    tool: { driver: { name: string; rules: { id: string }[] } };
    results: {
      ruleId: string;
      ruleIndex: number;
      level: string;
      rank?: number;
      message: { text: string };
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: string } };
          logicalLocations: [{ fullyQualifiedName: string }];
        },
      ];
    }[];
  }[];
}

describe('formatSarif', () => {
  const document = analysisOf([
    scored(HOSTILE_NAME),
    scored('kept'),
    unscored('b', 'unmatched', 'no base tensor'),
    unscored('c', 'inactive', 'B is zero'),
  ]);
  const text = formatSarif(document, [verdict(HOSTILE_NAME, 1, 'prune'), verdict('kept', 2)], {
    rankBy: 'ediemIqr',
  });
  const log = JSON.parse(text) as Log;
  const [run] = log.runs;
  assert.ok(run);

  it('holds no character that a terminal runs or an editor hides', () => {
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{DI}]/u);
  });
  it('reports flagged and unmatched modules and nothing else', () => {
    assert.equal(log.version, '2.1.0');
    assert.deepEqual(
      run.results.map(({ ruleId, level }) => [ruleId, level]),
      [
        [FLAGGED_RULE_ID, 'warning'],
        [UNSCORED_RULE_ID, 'note'],
      ],
    );
    for (const { ruleId, ruleIndex } of run.results)
      assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
  });
  it('makes names literal in messages and keeps them whole in logical locations', () => {
    const [first] = run.results;
    assert.ok(first);
    assert.doesNotMatch(first.message.text, /(?<!\\)\[|\{0\}(?!\})|\u202e/);
    assert.equal(first.locations[0].logicalLocations[0].fullyQualifiedName, HOSTILE_NAME);
    assert.equal(
      first.locations[0].physicalLocation.artifactLocation.uri,
      'file:///models/my%20adapter/adapter_model.safetensors',
    );
    assert.equal(first.rank, 100);
  });
});
