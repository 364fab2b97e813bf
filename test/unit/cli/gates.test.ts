import assert from 'node:assert/strict';
import {
  checkGates,
  failedGates as gatesOf,
  loaderChanges,
  unscoredChanges,
  type GateFlags,
} from '../../../src/cli/gates';
import { SploraError } from '../../../src/core/errors';
import { selectionOf } from '../../../src/cli/flags';
import type { AnalysisDocument } from '../../../src/core/report/analysis';
import { select } from '../../../src/core/selection/select';
import type { ModuleVerdict, SelectionOptions } from '../../../src/core/selection/types';
import { analysisOf, replaced, scored, unscored } from '../../support/analysisDocument';
import { say } from '../../../src/core/message';
import { CLEAN_CHECK } from '../../support/checkOne';

const document = analysisOf([
  scored('a', { ediemIqr: 1 }),
  scored('b', { ediemIqr: 3 }),
  unscored('c', 'inactive', say('B is zero')),
]);
const selection = selectionOf({ threshold: 1 });
const verdicts = select(document.modules, selection);

const failedGates = (
  flags: GateFlags,
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
): readonly string[] => gatesOf(flags, document, verdicts, selection, unscoredChanges(document, selection));

describe('failedGates', () => {
  it('holds at the limit and fails beyond it', () => {
    assert.deepEqual(failedGates({ failAbove: 3, maxSelected: 2 }, document, verdicts, selection), []);
    const lines = failedGates({ failAbove: 2.9, maxSelected: 1 }, document, verdicts, selection);
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /^gate failed: b \(3\.000\) above 2\.9/);
    assert.match(lines[1] ?? '', /2 modules are selected, at most 1/);
  });
  it('fails any gate when a module could not be scored, and no gate when none was set', () => {
    const reasons = ['unmatched', 'unsupported', 'unmatched', 'unmatched'] as const;
    const modules = [
      ...document.modules,
      ...reasons.map((status, at) => unscored(`x${at}`, status, say('NaN.'))),
    ];
    const one = analysisOf(modules.slice(0, 4));
    const lines = failedGates({ failAbove: 9 }, one, verdicts, selection);
    assert.deepEqual(lines, [
      'gate failed: no score covers 1 change: x0 (NaN). --allow-unscored lets them pass.',
    ]);
    const carried = ['b.lora_B.bias', 'tokens', 'x'].map((tensor) => ({ tensor, reason: say('not scored') }));
    const all = analysisOf(modules, { carried });
    const [line, ...others] = failedGates({ maxSelected: 9 }, all, verdicts, selection);
    assert.match(
      line ?? '',
      /covers 7 changes: x0 \(NaN\), .*, b\.lora_B\.bias \(not scored\) and 2 more\. --/,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(failedGates({}, one, verdicts, selection), []);
    assert.deepEqual(failedGates({ maxSelected: 9, allowUnscored: true }, all, verdicts, selection), []);
    assert.deepEqual(
      unscoredChanges(all, selection).map(({ name }) => name),
      ['x0', 'x1', 'x2', 'x3', 'b.lora_B.bias', 'tokens', 'x'],
    );
  });
  it('sees replaced weights: beyond --fail-above, and beyond the threshold though no rule takes them', () => {
    const modules = [...document.modules, replaced('head.weight', { ediemIqr: 200 })];
    const whole = analysisOf(modules);
    const chosen = select(modules, selection);
    assert.match(
      failedGates({ failAbove: 3 }, whole, chosen, selection).join(),
      /head\.weight \(200\.000\) above 3/,
    );
    assert.match(failedGates({ maxSelected: 2 }, whole, chosen, selection).join(), /3 modules are selected/);
    assert.deepEqual(failedGates({ maxSelected: 3 }, whole, chosen, selection), []);
  });
});

describe('changes that no score shows', () => {
  it('are modules with too few others to compare with, if the score compares', () => {
    const one = scored('a', { ediemIqr: 1 });
    const alone = analysisOf([{ ...one, population: { ...one.population, size: 3 } }]);
    assert.match(failedGates({ failAbove: 9 }, alone, [], selection).join(), /a \(E-DIEM compares.*only 3/);
    const absolute = { ...selection, rankBy: 'updateNorm' } as const;
    assert.deepEqual(unscoredChanges(alone, absolute), []);
  });

  it('are what a loader ignores, cannot be determined, or adds', () => {
    const check = {
      ...CLEAN_CHECK,
      verdict: 'other',
      silent: [{ module: 'a', reason: say('not targeted') }],
      unsure: [{ module: 'b', reason: say('unknown') }],
      findings: [
        { severity: 'silent', field: 'init_lora_weights', message: say('random') },
        { severity: 'note', message: say('a note') },
      ],
    } as const;
    assert.deepEqual(loaderChanges(check), [
      { name: 'a', reason: say('not targeted') },
      { name: 'b', reason: say('unknown') },
      { name: 'init_lora_weights', reason: say('random') },
    ]);
  });
});

describe('checkGates', () => {
  it('refuses --fail-above where small scores stand out', () => {
    assert.throws(() => checkGates({ failAbove: 1 }, selectionOf({ rankBy: 'cosine' })), SploraError);
    assert.throws(() => checkGates({ failAbove: 1 }, selectionOf({ order: 'smallest' })), SploraError);
    checkGates({ failAbove: 1 }, selectionOf({ rankBy: 'cosine', order: 'largest' }));
    checkGates({ maxSelected: 1 }, selectionOf({ rankBy: 'cosine' }));
  });
});
