import assert from 'node:assert/strict';
import { comparisonLines } from '../../../../../src/core/results/evaluation/table';
import { summarize } from '../../../../../src/core/results/evaluation/summarize';
import { formatRepairMarkdown } from '../../../../../src/core/results/repair/markdown';
import { repairOf } from '../../../../support/repairDocument';

describe('formatRepairMarkdown', () => {
  it('names the adapter by its folder, and shows all paths from the folder that they share', () => {
    const document = repairOf('/work/runs/bot/adapter_model.safetensors', {
      ...{ base: '/work/models/base', aligned: '/work/models/aligned' },
    });
    const suite = { kind: 'harmful', file: '/work/suites/harmful.jsonl', sha256: '' } as const;
    const test = { ...document.test, suites: [{ ...suite, prompts: 48, total: 96 }] };
    const written = document.written === null ? null : { ...document.written, out: '/work/runs/bot-splora' };
    const text = formatRepairMarkdown({ ...document, written, test }, {}).replaceAll('\\', '');
    assert.match(text, /- Adapter: runs\/bot\n/);
    assert.match(text, /- Base: models\/base\n/);
    assert.match(text, /- Suite \(harmful\): suites\/harmful\.jsonl,/);
    assert.match(text, /- Folder: runs\/bot-splora\n/);
  });
});

describe('comparisonLines', () => {
  it('can leave out measures in which no prompt differs', () => {
    const summary = summarize(repairOf('/adapter').test);
    const all = comparisonLines(summary, ['exact']);
    const changed = comparisonLines(summary, ['exact'], { changedOnly: true });
    assert.ok(changed.length > 0 && changed.length < all.length);
    assert.deepEqual(
      changed,
      all.filter((line) => !line.includes('only the first 0, only the second 0')),
    );
  });
});
