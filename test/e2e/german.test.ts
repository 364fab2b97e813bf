import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EXTENSION } from '../support/packedExtension';
import { PanelPage } from './support/panelPage';
import { describeStory } from './support/story';
import { sampleWorkspace } from './support/workspaces';

const german = { workspace: sampleWorkspace, server: { locale: 'de' } } as const;

describeStory('A user reads German', german, (story) => {
  it('menus and questions', async () => {
    const { window } = story;
    await window.explorer.chooseFromMenu('adapter-mixed/adapter_model.safetensors', 'Adapter analysieren');
    await window.quickInput.input.waitFor({ state: 'visible' });
    assert.match(await window.quickInput.message(), /Basismodell/);
    await window.quickInput.pick(/^base/);
  });

  it('status bar and panel', async () => {
    const { window } = story;
    await window.waitForStatus(/1 Modul fällt auf/);
    const panel = await PanelPage.of(window);
    await panel.button('Beschnittenen Adapter schreiben…').waitFor();
    await panel.waitForText('10 von 56 Modulen');
    await panel.waitForText('Wärmekarte');
  });

  it('hover and problems', async () => {
    const { window } = story;
    await window.explorer.open('adapter-mixed/adapter_config.json');
    const [problem] = await window.problems({ atLeast: 1 });
    assert.match(problem?.message ?? '', /fällt auf/);
    await window.editors.select('adapter_config.json');
    assert.match(await window.editors.hover('k_proj'), /8 Module · 1 Modul fällt auf/);
  });

  it('why modules have no score', async () => {
    const { window, workspace } = story;
    const config = path.join(workspace, 'adapter-benign/adapter_config.json');
    const fields = JSON.parse(await readFile(config, 'utf8')) as object;
    await writeFile(config, JSON.stringify({ ...fields, use_dora: true }));
    await window.explorer.open('adapter-benign/adapter_model.safetensors');
    const inspector = await window.webview(EXTENSION, '.tensors [role=row]');
    await inspector.getByText('DoRA: Die Änderung hängt von einem trainierten Betrag ab').waitFor();
  });

  it('what is wrong, and what to do', async () => {
    const { window, workspace } = story;
    const weights = 'adapter-benign/adapter_model.safetensors';
    await writeFile(
      path.join(workspace, weights),
      'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    );
    await window.notices.clear();
    await window.explorer.chooseFromMenu(weights, 'Adapter analysieren');
    const notice = await window.notices.waitFor('Git-LFS-Verweis');
    assert.match(notice.message, /^Die Datei ist nur.*Führen Sie „git lfs pull“ in dem Ordner aus/);
  });
});
