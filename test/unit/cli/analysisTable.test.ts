import assert from 'node:assert/strict';
import { analysisTable, ruleText } from '../../../src/cli/analysisTable';
import type { Terminal } from '../../../src/cli/output';
import { selectionOf } from '../../../src/cli/flags';
import { select } from '../../../src/core/selection/select';
import { analysisOf, HOSTILE_NAME, scored, unscored } from '../../support/analysisDocument';
import { say, verbatim } from '../../../src/core/message';

const terminal: Terminal = { out: () => undefined, err: () => undefined, width: undefined, colour: false };
const document = analysisOf(
  [
    ...Array.from({ length: 30 }, (_, index) => scored(`layers.${index}.q`, { ediemIqr: index })),
    unscored('head', 'unmatched', verbatim(HOSTILE_NAME)),
  ],
  { notes: [say('A note.')], carried: [{ tensor: 'lm_head.weight', reason: say('full weight') }] },
);
const selection = selectionOf({ top: 2 });
const verdicts = select(document.modules, selection);

describe('analysisTable', () => {
  it('shows the modules selected first on top and how many are hidden', () => {
    const text = analysisTable(document, verdicts, selection, terminal, false);
    const first = text.split('\n').find((line) => line.trimStart().startsWith('1 '));
    assert.match(first ?? '', /layers\.29\.q +29\.000 .* selected$/);
    assert.match(text, /… and 6 more \(--all shows them\)/);
    assert.match(
      text,
      /30 of 31 modules scored, 1 unmatched; 0 stand out; 2 selected \(top 2 by E-DIEM \(IQR\)\)/,
    );
    assert.match(text, /- A note\.\n- unmatched: head: =cmd.*\n- not scored: lm_head\.weight: full weight/);
    assert.doesNotMatch(text, /\u001b|\u202e/);
  });
  it('fits a narrow terminal, keeping place, module, score and verdict', () => {
    const text = analysisTable(document, verdicts, selection, { ...terminal, width: 80 }, false);
    const table = text.split('\n').slice(6, 32);
    assert.ok(table.every((line) => line.length <= 80));
    assert.match(table[0] ?? '', /#.*module.*E-DIEM.*selection/);
  });
});

describe('ruleText', () => {
  it('says rule, score, order and pins', () => {
    const options = selectionOf({
      fraction: 0.25,
      rankBy: 'cosine',
      order: 'largest',
      pinKeep: ['a'],
      pinPrune: ['b'],
    });
    assert.equal(ruleText(options), 'fraction 0.25 by Cosine, largest first, 2 pinned');
    assert.equal(ruleText({ ...options, rule: { kind: 'none' } }), 'by hand');
    assert.equal(ruleText(selectionOf({ threshold: -1 })), 'threshold -1 by E-DIEM (IQR)');
  });
});
