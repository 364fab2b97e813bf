import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AnalysisDocument } from '../../src/core/report/analysis';
import { COMMANDS } from '../../src/host/ids';
import { config, eventually, find, hoverText, models, problems, run, uri, weights } from './support';

const MODULE = 'model.layers.7.self_attn.k_proj';

/** Changes a setting of the workspace, as a user does in the settings editor. */
async function set(name: string, value: unknown): Promise<void> {
  const settings = vscode.workspace.getConfiguration('splora', config());
  await settings.update(name, value, vscode.ConfigurationTarget.Workspace);
}

describe('Surfaces', () => {
  before(async () => {
    const document = await run<AnalysisDocument>(COMMANDS.analyze, weights(), models());
    assert.ok(document !== undefined);
    // Code actions are asked of open documents alone.
    await vscode.workspace.openTextDocument(config());
    await run(COMMANDS.changeRule, weights(), { rule: { kind: 'top', k: 10 }, rankBy: 'ediemIqr' });
  });

  it('modules that stand out are problems of the config, with a stable code; selected ones on request', async () => {
    const found = await eventually('problems', () => {
      const all = problems(config());
      return all.length > 0 ? all : undefined;
    });
    assert.deepEqual(
      found.map(({ code, severity }) => [code, severity]),
      [['splora.standsOut', vscode.DiagnosticSeverity.Information]],
    );
    await set('diagnostics.selection', true);
    await eventually('selected modules', () =>
      problems(config()).some(({ code }) => code === 'splora.selected'),
    );
  });

  it('a problem has quick fixes, and Pin as Keep takes it away', async () => {
    const problem = problems(config()).find(({ code }) => code === 'splora.selected');
    assert.ok(problem !== undefined);
    const actions = await run<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      config(),
      problem.range,
    );
    const keep = actions?.find(({ title }) => title.startsWith('Pin'));
    assert.ok(keep?.command !== undefined, JSON.stringify(actions?.map(({ title }) => title)));
    const { command, arguments: args = [] } = keep.command;
    await run(command, ...(args as readonly unknown[]));
    await eventually(
      'another message',
      () => !problems(config()).some(({ message }) => message === problem.message),
    );
    await run(COMMANDS.unpin, ...(args as readonly unknown[]));
    await set('diagnostics.selection', undefined);
  });

  it('settings apply at once: severity of problems', async () => {
    await set('diagnostics.severity', 'error');
    await eventually('errors', () =>
      problems(config()).some(({ severity }) => severity === vscode.DiagnosticSeverity.Error)
        ? true
        : undefined,
    );
    await set('diagnostics.severity', 'off');
    await eventually('no problems', () => problems(config()).length === 0);
    await set('diagnostics.severity', undefined);
    await eventually('problems again', () => problems(config()).length > 0);
  });

  it('a bare name in target_modules hovers as a group', async () => {
    const { start } = await find(config(), '"k_proj"');
    const text = await hoverText(config(), start.translate(0, 2));
    assert.match(text, /8 modules/);
  });

  it('a module name hovers in JSON, YAML, Python, Markdown, logs and plain text', async () => {
    for (const language of ['json', 'yaml', 'python', 'markdown', 'log', 'plaintext']) {
      const content = `"base_model.${MODULE}.lora_A.weight"\n`;
      const { uri } = await vscode.workspace.openTextDocument({ language, content });
      const { start } = await find(uri, 'k_proj');
      assert.match(
        await hoverText(uri, start.translate(0, 1)),
        /layers\.7\.self\\?_attn\.k\\?_proj/,
        language,
      );
    }
  });

  it('settings apply at once: hovers can be switched off', async () => {
    const { start } = await find(config(), '"k_proj"');
    await set('hover.enabled', false);
    await eventually('no hover', async () => (await hoverText(config(), start.translate(0, 2))) === '');
    await set('hover.enabled', undefined);
    await eventually('a hover', async () => (await hoverText(config(), start.translate(0, 2))) !== '');
  });

  it('the layer listing has a line and a hover for each module, and problems for what stands out', async () => {
    await run(COMMANDS.openLayerListing, weights());
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.uri.scheme, 'splora-layers');
    const { uri: listing, languageId } = editor.document;
    assert.equal(languageId, 'splora-layers');
    const lines = editor.document.getText().split('\n');
    assert.equal(lines.filter((line) => line.includes('model.layers.')).length, 56);
    const { start } = await find(listing, MODULE);
    assert.match(await hoverText(listing, start.translate(0, 3)), /of 56/);
    await eventually('a problem', () => problems(listing).length === 1);
  });

  it('Show Scores and Behavior opens a panel, once', async () => {
    const panels = (): number =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .filter(
          ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('splora.panel'),
        ).length;
    assert.equal(await run(COMMANDS.showScores, weights()), weights().fsPath);
    await run(COMMANDS.showScores, weights());
    await eventually('one panel', () => panels() === 1);
  });

  it("Open in Inspector opens the custom editor, for a model's file too", async () => {
    for (const file of [weights(), uri('aligned', 'model.safetensors')]) {
      await run(COMMANDS.openInspector, file);
      await eventually('the inspector', () => {
        const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return input instanceof vscode.TabInputCustom &&
          input.viewType === 'splora.inspector' &&
          input.uri.fsPath === file.fsPath
          ? true
          : undefined;
      });
    }
  });
});
