import assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AnalysisDocument } from '../../src/core/report/analysis';
import type { SelectionOptions } from '../../src/core/selection/types';
import { COMMANDS } from '../../src/host/ids';
import type { CheckResult, CompareResult, ExportResult, RepairResult } from '../../src/protocol/engineApi';
import { peftPair } from '../support/adapterFixture';
import { writeRandomAdapter } from '../support/models';
import { BENIGN, config, eventually, EXTENSION_ID, models, refused, run, uri, weights } from './support';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

describe('Commands', () => {
  it('every declared command is registered once the extension is active', async () => {
    const extension = vscode.extensions.getExtension(EXTENSION_ID);
    assert.ok(extension !== undefined);
    await extension.activate();
    const { contributes } = extension.packageJSON as Manifest;
    const registered = new Set(await vscode.commands.getCommands(true));
    const declared = contributes.commands.map(({ command }) => command);
    assert.ok(declared.length > 20);
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  });

  it('Look for Adapters Again returns every adapter of the workspace', async () => {
    const adapters = await run<string[]>(COMMANDS.refreshAdapters);
    assert.deepEqual(adapters, [weights(BENIGN).fsPath, weights().fsPath]);
  });

  it('Analyze Adapter with a Uri and models returns the result', async () => {
    const document = await run<AnalysisDocument>(COMMANDS.analyze, weights(), models());
    assert.equal(document?.modules.length, 56);
    assert.equal(document.modules.filter(({ status }) => status === 'scored').length, 56);
    assert.equal(document.adapter, weights().fsPath);
    assert.equal(document.base, models().base);
  });

  it('scores large ranks, which ONNX Runtime multiplies: the package has all that it loads', async () => {
    const folder = uri('rank-32');
    const tensors = peftPair('model.layers.0.self_attn.q_proj', 96, 96, 32);
    await writeRandomAdapter(folder.fsPath, {
      tensors,
      config: { peft_type: 'LORA', r: 32, lora_alpha: 32 },
    });
    const document = await run<AnalysisDocument>(COMMANDS.analyze, folder, models());
    assert.deepEqual(
      document?.modules.map(({ status }) => status),
      ['scored'],
    );
    await run(COMMANDS.clearResults, folder);
    await vscode.workspace.fs.delete(folder, { recursive: true });
  });

  it('takes the folder, the config or a path for the same adapter', async () => {
    for (const place of [uri('adapter-mixed'), config(), weights().fsPath]) {
      const document = await run<AnalysisDocument>(COMMANDS.analyze, place, models());
      assert.equal(document?.adapter, weights().fsPath);
    }
  });

  it('Choose Base and Aligned Models keeps what a caller gives, and analyze needs no models then', async () => {
    const kept = await run(COMMANDS.chooseModels, weights(BENIGN), models());
    assert.deepEqual(kept, models());
    const document = await run<AnalysisDocument>(COMMANDS.analyze, weights(BENIGN));
    assert.equal(document?.adapter, weights(BENIGN).fsPath);
  });

  it('Change Selection Rule returns the selection', async () => {
    const change = { rule: { kind: 'top', k: 4 }, rankBy: 'reversal' };
    const selection = await run<SelectionOptions>(COMMANDS.changeRule, weights(), change);
    assert.deepEqual(selection?.rule, { kind: 'top', k: 4 });
    assert.equal(selection.rankBy, 'reversal');
  });

  it('a change that is no rule changes nothing', async () => {
    const before = await run<SelectionOptions>(COMMANDS.changeRule, weights(), {});
    for (const wrong of [{ rule: { kind: 'top', k: -1 } }, { rankBy: 'beauty' }, { k: 3 }]) {
      await refused('bad-request', COMMANDS.changeRule, weights(), wrong);
    }
    assert.deepEqual(await run<SelectionOptions>(COMMANDS.changeRule, weights(), {}), before);
  });

  it('a changed setting of the analysis is applied to scores that are there', async () => {
    await run(COMMANDS.analyze, weights(), models());
    const out = uri('reading.json');
    const population = async (): Promise<string> => {
      await run(COMMANDS.exportReport, weights(), { format: 'json', out, overwrite: true });
      const { options } = JSON.parse(
        Buffer.from(await vscode.workspace.fs.readFile(out)).toString(),
      ) as AnalysisDocument;
      return options.population;
    };
    const settings = vscode.workspace.getConfiguration('splora');
    assert.equal(await population(), 'shape');
    await settings.update('analysis.population', 'all', vscode.ConfigurationTarget.Workspace);
    await eventually('the other reading', async () => (await population()) === 'all');
    await settings.update('analysis.population', undefined, vscode.ConfigurationTarget.Workspace);
    await eventually('the first reading', async () => (await population()) === 'shape');
    await vscode.workspace.fs.delete(out);
  });

  it('modules are pinned by the folder of their adapter too, and only those that it has', async () => {
    const document = await run<AnalysisDocument>(COMMANDS.analyze, weights(), models());
    const module = document?.modules[0]?.module ?? '';
    const folder = uri('adapter-mixed').fsPath;
    const target = await run(COMMANDS.pinKeep, { adapter: folder, modules: [module] });
    assert.deepEqual(target, { adapter: weights().fsPath, modules: [module] });
    await refused('bad-request', COMMANDS.pinKeep, { adapter: folder, modules: ['model.nowhere'] });
    const { pins } = (await run<SelectionOptions>(COMMANDS.changeRule, weights(), {})) ?? {};
    assert.deepEqual(pins, { keep: [module], prune: [] });
    await run(COMMANDS.unpin, { adapter: folder, modules: [module] });
  });

  it('Show Scores and Behavior knows the adapter whose listing is open', async () => {
    await run(COMMANDS.openLayerListing, weights(BENIGN));
    const { uri: listing } = vscode.window.activeTextEditor?.document ?? {};
    assert.equal(listing?.scheme, 'splora-layers');
    assert.equal(await run(COMMANDS.showScores, listing, { groupId: 0 }), weights(BENIGN).fsPath);
    await run(COMMANDS.openLayerListing, weights(BENIGN));
    assert.equal(await run(COMMANDS.showScores), weights(BENIGN).fsPath);
    await run('workbench.action.closeAllEditors');
  });

  it('Open Layer Listing knows the adapter whose panel is in front, whichever was analyzed last', async () => {
    await run(COMMANDS.analyze, weights(BENIGN), models());
    await run(COMMANDS.showScores, weights(BENIGN));
    const isInFront = (): boolean =>
      vscode.window.tabGroups.activeTabGroup.activeTab?.label.includes(BENIGN) === true;
    await eventually('the panel in front', isInFront);
    await run(COMMANDS.analyze, weights(), models());
    await eventually('the panel in front', isInFront);
    assert.equal(await run(COMMANDS.openLayerListing), weights(BENIGN).fsPath);
    await run('workbench.action.closeAllEditors');
  });

  it('Clear Results of adapters that are selected leaves those of which only modules are', async () => {
    for (const adapter of [weights(), weights(BENIGN)]) await run(COMMANDS.analyze, adapter, models());
    const [mixed, benign] = [weights().fsPath, weights(BENIGN).fsPath];
    const row = (adapter: string) => ({ kind: 'adapter', adapter });
    const module = { kind: 'module', adapter: benign, module: 'm', modules: ['m'] };
    assert.deepEqual(await run(COMMANDS.clearResults, row(mixed), [row(mixed), module]), [mixed]);
    const noAdapter = uri('base');
    assert.deepEqual(await run(COMMANDS.clearResults, noAdapter, [noAdapter, weights()]), [mixed]);
    const both = await run<string[]>(COMMANDS.clearResults, row(mixed), [row(mixed), row(benign)]);
    assert.deepEqual(both, [mixed, benign]);
    await run(COMMANDS.analyze, weights(), models());
  });

  it('Write Pruned Adapter writes beside the original and never over it', async () => {
    const first = await run<RepairResult>(COMMANDS.writePruned, weights());
    assert.equal(first?.changed.length, 4);
    assert.equal(first.out, uri('adapter-mixed-splora').fsPath);
    const second = await run<RepairResult>(COMMANDS.writePruned, weights());
    assert.equal(second?.out, uri('adapter-mixed-splora-2').fsPath);
    const wished = path.join(uri().fsPath, 'elsewhere');
    const third = await run<RepairResult>(COMMANDS.writePruned, weights(), { out: wished, mode: 'zero' });
    assert.equal(third?.out, wished);
  });

  it('Repair Adapter writes by any method, with its options checked', async () => {
    const out = uri('scaled').fsPath;
    const scaled = await run<RepairResult>(COMMANDS.repair, weights(), {
      method: 'scale',
      options: { factor: 0.25 },
      out,
    });
    assert.deepEqual([scaled?.method, scaled?.out, scaled?.changed.length], ['scale', out, 56]);
    const wrong = { method: 'scale', options: { factor: 2 }, out: uri('refused').fsPath };
    await refused('bad-request', COMMANDS.repair, weights(), wrong);
    await refused('bad-request', COMMANDS.repair, weights(), { method: 'magic' });
    await vscode.workspace.fs.delete(uri('scaled'), { recursive: true });
  });

  it('stale scores are written and exported only if a caller allows it, and the result says so', async () => {
    const text = await vscode.workspace.fs.readFile(config());
    await vscode.workspace.fs.writeFile(config(), Buffer.concat([text, Buffer.from('\n')]));
    await refused('bad-request', COMMANDS.writePruned, weights(), { out: uri('refused').fsPath });
    const wish = { format: 'json', out: uri('stale.json').fsPath };
    await refused('bad-request', COMMANDS.exportReport, weights(), wish);
    const out = uri('stale').fsPath;
    const written = await run<RepairResult>(COMMANDS.writePruned, weights(), { out, stale: 'allow' });
    assert.equal(written?.out, out);
    const bytes = await vscode.workspace.fs.readFile(uri('stale', 'adapter_model.safetensors'));
    assert.match(Buffer.from(bytes).toString('latin1'), /adapter_config\.json changed after the analysis/);
    await run(COMMANDS.exportReport, weights(), { ...wish, stale: 'allow' });
    const exported = Buffer.from(await vscode.workspace.fs.readFile(uri('stale.json'))).toString();
    assert.match(exported, /The scores are out of date: \{0\}\."[^]*adapter_config\.json changed/);
    await vscode.workspace.fs.delete(uri('stale'), { recursive: true });
    await run(COMMANDS.analyze, weights(), models());
  });

  it('a failure is thrown to a program and becomes a message for a user', async () => {
    const nowhere = { base: uri('nowhere').fsPath, aligned: models().aligned };
    await refused('not-found', COMMANDS.analyze, weights(), nowhere);
    await refused('not-found', COMMANDS.analyze, uri('nowhere'));
    await assert.rejects(run(COMMANDS.analyze, uri('base')), ({ message }: Error) => /[.]$/.test(message));
    assert.equal(await run(COMMANDS.analyze, uri('base'), [uri('base')]), undefined);
    const target = { adapter: weights().fsPath, modules: ['model.nowhere'] };
    assert.equal(await run(COMMANDS.pinKeep, { kind: 'module', ...target }), undefined);
  });

  it('options that a command does not take are refused, and nothing is done', async () => {
    const out = uri('refused').fsPath;
    for (const wrong of [{ mode: 'Zero' }, { copyRest: 'yes' }, { bakescale: true }, { stale: true }])
      await refused('bad-request', COMMANDS.writePruned, weights(), { out, ...wrong });
    await assert.rejects(() => Promise.resolve(vscode.workspace.fs.stat(vscode.Uri.file(out))));
    for (const wrong of [
      { base: 5, aligned: 5 },
      { ...models(), force: 'no' },
      { ...models(), model: 'x' },
    ])
      await refused('bad-request', COMMANDS.analyze, weights(), wrong);
    for (const wrong of [{ model: 5 }, { base: models().base }])
      await refused('bad-request', COMMANDS.checkLoad, weights(), wrong);
    const misspelt = { Base: models().base, Aligned: models().aligned };
    for (const wrong of [misspelt, { models: 'ask' }])
      await refused('bad-request', COMMANDS.chooseModels, weights(), wrong);
    await refused('bad-request', COMMANDS.analyzeAll, { ...models(), forse: true });
    await refused('bad-request', COMMANDS.showScores, weights(), { panel: true });
    await refused('bad-request', COMMANDS.analyze, { base: models().base, aligned: 5 });
    await refused('bad-request', COMMANDS.compare, weights(), uri('adapter-mixed-splora'), {
      format: 'json',
    });
    await refused('bad-request', COMMANDS.openSample, uri('refused'), { open: 'false' });
    await assert.rejects(() => Promise.resolve(vscode.workspace.fs.stat(vscode.Uri.file(out))));
  });

  it('Compare Adapters returns the comparison', async () => {
    const result = await run<CompareResult>(COMMANDS.compare, weights(), uri('adapter-mixed-splora'));
    assert.ok(result !== undefined);
  });

  it('Export Report writes each format to the place that is named', async () => {
    for (const format of ['json', 'csv', 'markdown', 'svg', 'sarif']) {
      const out = uri(`report.${format}`).fsPath;
      const written = await run<vscode.Uri>(COMMANDS.exportReport, weights(), { format, out });
      assert.equal(written?.fsPath, out);
      const { size } = await vscode.workspace.fs.stat(vscode.Uri.file(out));
      assert.ok(size > 500, `${format}: ${String(size)} bytes`);
      // Nothing is overwritten unless the caller says so.
      await refused('output-exists', COMMANDS.exportReport, weights(), { format, out });
      const again = await run<vscode.Uri>(COMMANDS.exportReport, weights(), { format, out, overwrite: true });
      assert.equal(again?.fsPath, out);
    }
    const exported = Buffer.from(await vscode.workspace.fs.readFile(uri('report.json'))).toString();
    const { selected } = JSON.parse(exported) as { selected: unknown[] };
    assert.equal(selected.length, 4);
  });

  it('a keybinding names places from the workspace folder, in one list or by runCommands', async () => {
    const args = ['adapter-mixed', { format: 'csv', out: 'from-keybinding.csv' }];
    const out = uri('from-keybinding.csv');
    const called = [
      () => run(COMMANDS.exportReport, args),
      () => run('runCommands', { commands: [{ command: COMMANDS.exportReport, args }] }),
    ];
    for (const call of called) {
      await call();
      assert.ok((await vscode.workspace.fs.stat(out)).size > 500);
      await vscode.workspace.fs.delete(out);
    }
  });

  it('a report format that there is not is refused', async () => {
    const out = uri('report.xml').fsPath;
    await assert.rejects(run(COMMANDS.exportReport, weights(), { format: 'xml', out }), {
      message:
        'Invalid value for format: "xml". Allowed: "json", "csv", "markdown", "svg", "sarif", "junit".',
    });
    await assert.rejects(() => Promise.resolve(vscode.workspace.fs.stat(vscode.Uri.file(out))));
  });

  it('Will It Load? compares with the model that the config names, where nothing else is known', async () => {
    const { base_model_name_or_path: named } = JSON.parse(
      Buffer.from(await vscode.workspace.fs.readFile(config(BENIGN))).toString(),
    ) as { base_model_name_or_path: string };
    const copy = uri('adapter-unknown');
    await vscode.workspace.fs.copy(uri(BENIGN), copy);
    const result = await run<CheckResult>(COMMANDS.checkLoad, copy);
    assert.equal(result?.model, path.resolve(copy.fsPath, named));
    const other = await run<CheckResult>(COMMANDS.checkLoad, copy, { model: '../base' });
    assert.equal(other?.model, uri('base').fsPath);
    await vscode.workspace.fs.delete(copy, { recursive: true });
  });

  it('Export Adapter For… writes for the loader that a caller names, and wants one', async () => {
    const out = uri('for-mlx').fsPath;
    const result = await run<ExportResult>(COMMANDS.exportAdapter, weights(), { for: 'mlx', out });
    assert.deepEqual([result?.target, result?.out], ['mlx', out]);
    await vscode.workspace.fs.stat(uri('for-mlx', 'adapters.safetensors'));
    await vscode.workspace.fs.delete(uri('for-mlx'), { recursive: true });
    await refused('bad-request', COMMANDS.exportAdapter, weights(), { out });
  });

  it('Open Sample copies without opening with open: false', async () => {
    const folder = await run<vscode.Uri>(COMMANDS.openSample, uri('copy'), { open: false });
    assert.equal(folder?.fsPath, uri('copy').fsPath);
    await vscode.workspace.fs.stat(uri('copy', 'adapter-mixed', 'adapter_config.json'));
    await vscode.workspace.fs.delete(uri('copy'), { recursive: true });
  });

  it('pins are taken from a caller, and Cancel reports that nothing runs', async () => {
    const target = { adapter: weights().fsPath, modules: ['model.layers.0.self_attn.q_proj'] };
    assert.deepEqual(await run(COMMANDS.pinPrune, target), target);
    const pinned = await run<SelectionOptions>(COMMANDS.changeRule, weights(), {});
    assert.deepEqual(pinned?.pins.prune, target.modules);
    assert.deepEqual(await run(COMMANDS.unpin, target), target);
    assert.equal(await run(COMMANDS.cancel), 0);
    assert.equal(await run(COMMANDS.cancel, config()), 0);
  });

  it('a button of the tree that lost its row asks, and touches no other adapter', async () => {
    for (const command of [COMMANDS.clearResults, COMMANDS.pinPrune, COMMANDS.unpin, COMMANDS.analyze]) {
      let ended = false;
      const pending = run(command, undefined, [undefined]).then((answer) => {
        ended = true;
        return answer;
      });
      // The question comes a moment later; the user cancels it.
      await eventually(`${command} has ended`, async () => {
        await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
        return ended;
      });
      const answer = await pending;
      assert.ok(answer === undefined || (Array.isArray(answer) && answer.length === 0), command);
    }
    const left = await run<string[]>(COMMANDS.clearResults, weights());
    assert.deepEqual(left, [weights().fsPath], 'the result is still there');
    await run(COMMANDS.analyze, weights(), models());
  });

  it('Clear Results returns what was taken back', async () => {
    assert.deepEqual(await run(COMMANDS.clearResults, weights(BENIGN)), [weights(BENIGN).fsPath]);
  });
});
