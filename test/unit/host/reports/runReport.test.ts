import assert from 'node:assert/strict';
import { inRunOrder, runReport } from '../../../../src/host/reports/runReport';
import {
  analysisOf,
  HOSTILE_NAME,
  reversing,
  scored,
  unscored,
  verdict,
} from '../../../support/analysisDocument';
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

  it('is headed by the run, has a column for each step, and names what failed', () => {
    const { modules, names } = reversing();
    const document = analysisOf([...modules, scored(HOSTILE_NAME), unscored('b', 'inactive', say('B = 0'))]);
    const text = runReport(
      [
        { label: 'run/checkpoint-20', document, verdicts: [verdict('a', 1, 'prune')], failure: null },
        { label: 'run/checkpoint-10', document: analysisOf([scored('a')]), verdicts: [], failure: null },
        { label: 'run/checkpoint-30', document: null, verdicts: [], failure: 'The file is cut.' },
      ],
      'ediemIqr',
      untranslated,
    );
    assert.match(text, /^# run\n/);
    assert.match(text, /\| Module \| 10 \| 20 \|/);
    const plain = text.replaceAll('\\', '');
    // E-DIEM compares within one adapter: reversal takes its place. Bold is what stands out, not what is selected.
    assert.match(plain, new RegExp(`\\| ${names[0] ?? ''} \\| – \\| \\*\\*0\\.\\d+\\*\\* \\|`));
    assert.equal(plain.match(/\*\*-?\d/g)?.length, 1);
    assert.match(plain, /\| b \| – \| – \|/);
    assert.match(plain, /\[10\]\(file:\/\/\/models\/my%20adapter\/adapter_model\.safetensors\)/);
    assert.match(plain, /\*\*run\/checkpoint-30\*\*: The file is cut\./);
    assert.equal(text.match(/data:image\/svg\+xml;base64,/g)?.length, 2);
    assert.ok(!text.includes('<img'));
  });

  it('has the full labels of adapters that are of no run, and the score that compares', () => {
    const text = runReport(
      ['x/a', 'y/b'].map((label) => ({
        label,
        document: analysisOf([scored('a', { updateNorm: 7 })]),
        verdicts: [],
        failure: null,
      })),
      'updateNorm',
      untranslated,
    );
    assert.match(text, /^# Adapters side by side/);
    assert.match(text.replaceAll('\\', ''), /\| Module \| x\/a \| y\/b \|/);
    assert.match(text, /\| a \| 7\.000 \| 7\.000 \|/);
  });
});
