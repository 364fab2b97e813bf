import assert from 'node:assert/strict';
import type { SelectionOptions } from '../../../../src/core/selection/types';
import { inRunOrder, runReport } from '../../../../src/host/reports/runReport';
import { TOP_1 } from '../../../support/adapterState';
import { analysisOf, HOSTILE_NAME, scored, unscored, verdict } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';
import { untranslated } from '../../../support/english';

describe('adapters side by side', () => {
  it('orders by run and step, the final adapter last', () => {
    const labels = [
      'r/checkpoint-1000',
      'r/checkpoint-200',
      'r',
      'm',
      'm/0000200_adapters.safetensors',
      'm/0000100_adapters.safetensors',
    ];
    assert.deepEqual(
      inRunOrder(labels.map((label) => ({ label }))).map(({ label }) => label),
      [
        'm/0000100_adapters.safetensors',
        'm/0000200_adapters.safetensors',
        'm',
        'r/checkpoint-200',
        'r/checkpoint-1000',
        'r',
      ],
    );
  });

  it('has one column for each, marks pruned modules, and names what failed', () => {
    const document = analysisOf([
      scored('a', { ediemIqr: 3 }),
      unscored('b', 'inactive', say('B = 0')),
      scored(HOSTILE_NAME),
    ]);
    const text = runReport(
      [
        {
          label: 'run/checkpoint-2',
          document,
          verdicts: [verdict('a', 1, 'prune')],
          selection: TOP_1,
          failure: null,
        },
        {
          label: 'run/checkpoint-1',
          document: null,
          verdicts: [],
          selection: null,
          failure: 'The file is cut.',
        },
      ],
      'ediemIqr',
      untranslated,
    );
    assert.match(text, /\| a \| \*\*3\.000\*\* \|/);
    assert.match(text, /\| b \| – \|/);
    assert.match(text.replaceAll('\\', ''), /\*\*run\/checkpoint-1\*\*: The file is cut\./);
    assert.ok(!text.includes('<img'));
  });

  const reportOf = (...selections: readonly Partial<SelectionOptions>[]): string =>
    runReport(
      selections.map((change, index) => ({
        label: `run/checkpoint-${index}`,
        document: analysisOf([scored('a', { ediemIqr: 3, reversal: -7 })]),
        verdicts: [],
        selection: { ...TOP_1, ...change },
        failure: null,
      })),
      'ediemIqr',
      untranslated,
    );

  it('ranks by the score that all of them are ranked by, not by that of the settings', () => {
    const text = reportOf({ rankBy: 'reversal' }, { rankBy: 'reversal', pins: { keep: ['a'], prune: [] } });
    assert.match(text, /ranked by Reversal/i);
    assert.match(text, /\| a \| -7/);
    assert.doesNotMatch(text, /adapters differ/);
  });

  it('says that they differ', () => {
    const mixed = reportOf({ rankBy: 'reversal' }, {});
    assert.match(mixed, /adapters differ in rule or ranking/);
    assert.match(mixed, /\| a \| 3\.000/);
    assert.match(reportOf({ rule: { kind: 'top', k: 2 } }, {}), /adapters differ/);
    assert.match(reportOf({ order: 'smallest' }, {}), /adapters differ/);
    assert.doesNotMatch(reportOf({}, { rule: { k: 1, kind: 'top' } }), /adapters differ/);
  });
});
