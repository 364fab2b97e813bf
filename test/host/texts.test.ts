import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { modulesOf, parseCall } from '../../src/host/commands/call';
import { writtenText } from '../../src/host/commands/repair';
import { entryMessage, moduleMessage } from '../../src/host/diagnostics/messages';
import {
  adapterLabel,
  formatCount,
  progressText,
  translate,
  errorText,
  messageText,
} from '../../src/host/format';
import { groupMarkdown, moduleMarkdown } from '../../src/host/hover/moduleMarkdown';
import { populationText, rankText, scoreText, verdictText } from '../../src/host/hover/wording';
import { COMMANDS, TREE_ITEMS } from '../../src/host/ids';
import { addTooltip, treeItem } from '../../src/host/tree/treeItems';
import { adapterNode, blockNodes, moduleNodes, moduleViews } from '../../src/host/tree/treeModel';
import type { RepairResult } from '../../src/protocol/engineApi';
import type { AdapterState } from '../../src/host/state/types';
import { stateOf } from '../support/adapterState';
import { analysisOf, HOSTILE_NAME, scored, unscored, verdict } from '../support/analysisDocument';
import { uri, weights } from './support';
import { say, verbatim } from '../../src/core/message';

const Q = 'model.layers.0.self_attn.q_proj';
const K = 'model.layers.0.self_attn.k_proj';
const NAMES = { sort: 'name', markedOnly: false } as const;

/** Two scored modules, of which q goes, and one without a score. */
const state = stateOf(
  analysisOf([
    scored(Q, { ediemIqr: 9 }),
    scored(K),
    unscored('head', 'inactive', say('lora_B is all zero.')),
  ]),
);

/** More modules than have three digits. */
function large(): AdapterState {
  const modules = Array.from({ length: 10_003 }, (_, at) => scored(`model.layers.${String(at)}.q_proj`));
  const selection = {
    rule: { kind: 'top', k: 1234 },
    rankBy: 'ediemIqr',
    pins: { keep: [], prune: [] },
  } as const;
  return stateOf(analysisOf(modules), { selection });
}

function tooltip(item: vscode.TreeItem): string {
  return item.tooltip instanceof vscode.MarkdownString ? item.tooltip.value : (item.tooltip ?? '');
}

function viewOf(
  of: AdapterState,
  module: string,
): NonNullable<ReturnType<ReturnType<typeof moduleViews>['get']>> {
  const view = moduleViews(of).get(module);
  assert.ok(view !== undefined);
  return view;
}

// The window of this suite speaks English.
const ROW = { isOnlyResult: true, activity: null, run: undefined, origin: undefined };

describe('Numbers and names in texts', () => {
  it('thousands are set apart, also in texts of reports', () => {
    assert.equal(formatCount(10_003), '10,003');
    assert.equal(formatCount(7), '7');
    assert.equal(
      translate('Modules that differ: {0}; equal: {1}', 1234, '5678'),
      'Modules that differ: 1,234; equal: 5678',
    );
  });

  it('an adapter is called by its folder from the workspace, a numbered checkpoint also by its file', () => {
    assert.equal(adapterLabel(weights().fsPath), 'adapter-mixed');
    assert.equal(
      adapterLabel(uri('run', 'a', '0000100_adapters.safetensors').fsPath),
      'run/a/0000100_adapters.safetensors',
    );
    assert.equal(adapterLabel(uri('adapters.safetensors').fsPath), uri().path.split('/').at(-1));
    assert.equal(adapterLabel('/elsewhere/deep/mine/adapter_model.safetensors'), 'mine');
  });

  it('progress tells modules, bytes, speed and time left, as far as they are known', () => {
    const progress = { type: 'progress', module: 'm', modulesDone: 1000, modulesTotal: 2000 } as const;
    const begun = { ...progress, bytesDone: 0, bytesTotal: 4e9, elapsedMs: 10 };
    assert.equal(progressText(begun), '1,000/2,000 m');
    const text = progressText({ ...begun, bytesDone: 1e9, elapsedMs: 1000 });
    assert.match(text, /^1,000\/2,000 m · .* of .* · .*\/s · 3 s left$/);
  });

  it('an error has the text of the engine', () => {
    const error = {
      code: 'io',
      message: say('Writing failed'),
      file: '/out',
      advice: say('Free some space.'),
    } as const;
    assert.equal(errorText(error), 'Writing failed (/out). Free some space.');
    assert.equal(messageText(error.message), 'Writing failed');
  });

  it('the message on a written adapter has its notes', () => {
    const result: RepairResult = {
      out: '/runs/a-splora',
      files: [],
      method: 'prune',
      effect: say('removed'),
      changed: [Q],
      kept: [K],
      bytesBefore: 2000,
      bytesAfter: 1000,
      notes: [say('The trained bias of the layer was removed with "q".'), say('Nothing else.')],
    };
    assert.equal(
      writtenText(result),
      'a-splora was written: 1 of 2 modules removed, 1.00 kB instead of 2.00 kB. Test it before you use it. ' +
        'The trained bias of the layer was removed with "q". Nothing else.',
    );
  });
});

describe('Texts on a module', () => {
  it('verdict, score, rank and population', () => {
    const [q, head] = [viewOf(state, Q), viewOf(state, 'head')];
    assert.equal(verdictText(q.result, q.verdict), 'selected');
    assert.equal(verdictText(head.result, head.verdict), 'inactive');
    assert.equal(verdictText(q.result, verdict(Q, 1, 'keep', 'pin')), 'pinned to be kept');
    assert.equal(verdictText(head.result, verdict('head', null, 'prune', 'pin')), 'selected by hand');
    assert.equal(scoreText(q.result, 'ediemIqr'), '9.000');
    assert.equal(scoreText(head.result, 'ediemIqr'), 'inactive');
    assert.equal(rankText(verdict(Q, 1234), 10_003, 'cosine'), 'rank 1,234 of 10,003 by Cosine');
    assert.equal(rankText(head.verdict, 2, 'cosine'), undefined);
    assert.equal(populationText(q.result), '8 modules of shape 96 × 256');
    assert.equal(populationText(head.result), undefined);
  });

  it('a hover has the ranking score first, and links that pin this module of this adapter', () => {
    const { value, isTrusted } = moduleMarkdown(state, viewOf(state, Q));
    assert.match(value, /selected · rank 1 of 2 by E\\?-DIEM/);
    const scores = value.split('\n').filter((line) => line.startsWith('| ') && /\d/.test(line));
    assert.match(scores[0] ?? '', /9\.000/);
    const argument = /command:splora\.pinKeep\?([^)]*)\)/.exec(value)?.[1] ?? '';
    assert.deepEqual(JSON.parse(decodeURIComponent(argument)), [
      { kind: 'module', adapter: state.adapter, modules: [Q] },
    ]);
    assert.ok(typeof isTrusted === 'object' && !isTrusted.enabledCommands.includes(COMMANDS.writePruned));
  });

  it('a hover of a module without a score says why', () => {
    const { value } = moduleMarkdown(state, viewOf(state, 'head'));
    assert.match(value.replaceAll('\\', ''), /lora_B is all zero\./);
  });

  it('a hover of a group counts, and lists those that go first', () => {
    const { value } = groupMarkdown(state, 'proj', [K, Q, 'head']);
    assert.match(value, /3 modules · nothing stands out · 1 selected · 1 without score/);
    assert.ok(value.indexOf('q_proj') < value.indexOf('k_proj'), value);
    const many = large();
    const names = many.verdicts.map(({ module }) => module);
    assert.match(
      groupMarkdown(many, 'q_proj', names).value.replaceAll('\\', ''),
      /10,003 modules · nothing stands out · 1,234 selected/,
    );
  });

  it('names of files are text and never markup, in hovers and tooltips', () => {
    const hostile = stateOf(
      analysisOf([scored(HOSTILE_NAME)], { notes: [verbatim(HOSTILE_NAME)], base: HOSTILE_NAME }),
      { stale: HOSTILE_NAME },
    );
    const view = viewOf(hostile, HOSTILE_NAME);
    const item = addTooltip(
      treeItem(hostile, adapterNode(hostile.adapter), ROW),
      hostile,
      adapterNode(hostile.adapter),
    );
    const texts = [
      moduleMarkdown(hostile, view).value,
      groupMarkdown(hostile, HOSTILE_NAME, [HOSTILE_NAME]).value,
      tooltip(item),
    ];
    for (const text of texts) {
      assert.ok(!/(^|[^\\])<img/.test(text), text);
      assert.ok(!text.includes('[a](http'), text);
      assert.ok(!text.includes('\u202e') && !text.includes('\u001b'), text);
    }
  });

  it('a problem says why a module stands out or is selected, with numbers, and that it is stale', () => {
    const [q, k, head] = [Q, K, 'head'].map((name) => viewOf(state, name));
    assert.ok(q !== undefined && k !== undefined && head !== undefined);
    assert.match(
      moduleMessage(state, 'splora.selected', q),
      /q_proj is selected: E-DIEM \(IQR\) 9\.000, rank 1 of 2; cosine 0\.350, retained/,
    );
    const reason = { kind: 'reversal', value: 4.22, limit: 3.58 } as const;
    assert.equal(
      moduleMessage(state, 'splora.standsOut', { ...q, standsOut: { module: Q, reasons: [reason] } }),
      `${Q} stands out: acts against the alignment step: 4.2 standard deviations of chance, limit 3.6.`,
    );
    assert.equal(moduleMessage(state, 'splora.inactive', head), 'head has no score: lora_B is all zero.');
    const stale = { ...state, stale: 'adapter_model.safetensors changed' };
    assert.match(
      moduleMessage(stale, 'splora.pinned', q),
      /is selected by hand\. These scores are out of date: adapter_model/,
    );
    const problem = {
      code: 'splora.selected',
      entry: 'q_proj',
      modules: [q, k],
      named: 2000,
      start: 0,
      end: 1,
    } as const;
    assert.match(entryMessage(state, problem), /^2 of 2,000 modules of "q_proj" are selected; first model/);
  });
});

describe('Rows of the tree', () => {
  it('an adapter shows its state', () => {
    const node = adapterNode(state.adapter);
    const row = (fields: Partial<AdapterState>): unknown =>
      treeItem({ ...state, ...fields }, node, ROW).description;
    assert.equal(row({}), 'nothing stands out · 1 of 3 selected');
    const measuring = treeItem(state, node, { ...ROW, activity: 'measuring' });
    assert.deepEqual(
      [measuring.description, measuring.contextValue],
      ['measuring behavior…', 'splora.adapter.running'],
    );
    assert.equal(row({ stale: 'x changed' }), 'nothing stands out · 1 of 3 selected · out of date');
    assert.equal(row({ run: { kind: 'running', progress: null } }), 'starting…');
    assert.equal(row({ run: { kind: 'failed', error: { code: 'io', message: say('No.') } } }), 'No.');
    assert.equal(row({ document: null, verdicts: [] }), 'not analyzed');
    assert.equal(treeItem(large(), node, ROW).description, 'nothing stands out · 1,234 of 10,003 selected');
    const origin = 'repaired by gates from a';
    const copy = (fields: Partial<AdapterState>): unknown =>
      treeItem({ ...state, ...fields }, node, { ...ROW, origin }).description;
    assert.equal(copy({}), `${origin} · nothing stands out · 1 of 3 selected`);
    assert.equal(copy({ document: null, verdicts: [] }), origin);
  });

  it('the only result is open, one of several is not, and what was not analyzed has nothing to open', () => {
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    const node = adapterNode(state.adapter);
    const open = (of: AdapterState, only: boolean): unknown =>
      treeItem(of, node, { ...ROW, isOnlyResult: only }).collapsibleState;
    assert.deepEqual(
      [open(state, true), open(state, false), open({ ...state, document: null, verdicts: [] }, true)],
      [Expanded, Collapsed, None],
    );
  });

  it('a block is checked only where all of it stays; a module tells score and pin, also aloud', () => {
    const [block] = blockNodes(state, NAMES);
    assert.ok(block !== undefined);
    const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
    const stateOfBox = (item: vscode.TreeItem): unknown =>
      typeof item.checkboxState === 'object' ? item.checkboxState.state : item.checkboxState;
    const row = treeItem(state, block, ROW);
    assert.deepEqual([row.description, stateOfBox(row)], ['9.000 · 1 of 2 selected', Unchecked]);
    assert.equal(tooltip(addTooltip(row, state, block)), '2 modules');
    const kept = stateOf(analysisOf([scored(Q), scored(K)]), {
      selection: { rule: { kind: 'none' }, rankBy: 'ediemIqr', pins: { keep: [Q], prune: [] } },
    });
    const [q, k] = moduleNodes(kept, block, NAMES).map((node) => treeItem(kept, node, ROW));
    assert.ok(q !== undefined && k !== undefined);
    assert.deepEqual([stateOfBox(q), q.contextValue], [Checked, TREE_ITEMS.modulePinned]);
    assert.equal(q.description, '1.250 · pinned to be kept');
    assert.deepEqual([k.description, k.contextValue], ['1.250', TREE_ITEMS.module]);
    assert.equal(k.accessibilityInformation?.label, 'self_attn.k_proj, 1.250, not selected');
    const { pointed, caller } = parseCall(k.command?.arguments ?? [], undefined);
    assert.deepEqual(modulesOf(pointed), { adapter: kept.adapter, modules: [K] });
    assert.equal(caller, 'user');
  });
});
