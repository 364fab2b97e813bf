import assert from 'node:assert/strict';
import {
  CARRIED_RULE_ID,
  formatSarif,
  REPLACED_RULE_ID,
  SELECTED_RULE_ID,
  STANDS_OUT_RULE_ID,
  UNSCORED_RULE_ID,
} from '../../../../src/core/report/sarif';
import {
  analysisOf,
  HOSTILE_NAME,
  replaced,
  reversing,
  scored,
  unscored,
  verdict,
} from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

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
    unscored('b', 'unmatched', say('no base tensor')),
    unscored('c', 'inactive', say('B is zero')),
  ]);
  const text = formatSarif(document, [verdict(HOSTILE_NAME, 1, 'prune'), verdict('kept', 2)], {
    rankBy: 'ediemIqr',
  });
  const log = JSON.parse(text) as Log;
  const [run] = log.runs;
  assert.ok(run);
  it('reports unmatched modules, and as no problem the selected ones', () => {
    assert.equal(log.version, '2.1.0');
    assert.deepEqual(
      run.results.map(({ ruleId, level }) => [ruleId, level]),
      [
        [UNSCORED_RULE_ID, 'note'],
        [SELECTED_RULE_ID, 'none'],
      ],
    );
    for (const { ruleId, ruleIndex } of run.results)
      assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
  });
  it('reports replaced weights, scored or not, and tensors that no score covers', () => {
    const whole = (module: string, status: 'inactive' | 'unmatched'): object => ({
      ...unscored(module, status, say('why')),
      kind: 'replacement',
    });
    const modules = [
      scored('a'),
      replaced('head.weight'),
      whole('norm.weight', 'unmatched'),
      whole('embed.weight', 'inactive'),
      replaced('gone.weight'),
    ] as Parameters<typeof analysisOf>[0];
    const carried = [{ tensor: 'x.lora_B.bias', reason: say('a bias') }];
    const verdicts = [verdict('gone.weight', null, 'prune', 'pin')];
    const log2 = JSON.parse(
      formatSarif(analysisOf(modules, { carried }), verdicts, { rankBy: 'ediemIqr' }),
    ) as Log;
    assert.deepEqual(
      log2.runs[0]?.results.map(({ ruleId, message }) => [ruleId, message.text.split(':')[0]]),
      [
        [REPLACED_RULE_ID, 'head.weight'],
        [REPLACED_RULE_ID, 'norm.weight'],
        [CARRIED_RULE_ID, 'x.lora_B.bias'],
        [SELECTED_RULE_ID, 'gone.weight'],
      ],
    );
    const [other] = log2.runs;
    assert.ok(other);
    for (const { ruleId, ruleIndex } of other.results)
      assert.equal(other.tool.driver.rules[ruleIndex]?.id, ruleId);
    assert.match(
      other.results[0]?.message.text ?? '',
      /Replaces a weight of the model.*1\.250 among 8 modules/,
    );
  });

  it('reports what stands out as a note, whatever is selected', () => {
    const { modules, names } = reversing();
    const found = JSON.parse(formatSarif(analysisOf(modules), [], { rankBy: 'cosine' })) as Log;
    assert.deepEqual(
      found.runs[0]?.results.map(({ ruleId, level, locations }) => [
        ruleId,
        level,
        locations[0].logicalLocations[0].fullyQualifiedName,
      ]),
      names.map((name) => [STANDS_OUT_RULE_ID, 'note', name]),
    );
  });

  it('makes names literal in messages and keeps them whole in logical locations', () => {
    const first = run.results.at(-1);
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
