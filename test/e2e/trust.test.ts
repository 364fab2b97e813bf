import assert from 'node:assert/strict';
import { axeViolations } from './support/axe';
import { EXTENSION } from '../support/packedExtension';
import { describeStory } from './support/story';
import { sampleWorkspace } from './support/workspaces';

const WEIGHTS = 'adapter-mixed/adapter_model.safetensors';

const untrusted = { workspace: sampleWorkspace, server: { workspaceTrust: 'enforced' } } as const;

describeStory('A person looks into a workspace that is not trusted', untrusted, (story) => {
  it('the menus offer no analysis, only what reads', async () => {
    const { window } = story;
    const entries = await window.explorer.menuEntries(WEIGHTS);
    assert.ok(!entries.includes('Analyze Adapter'));
    assert.ok(entries.includes('SPLoRA'));
    const commands = await window.quickInput.commandsFor('SPLoRA: ');
    assert.ok(commands.includes('SPLoRA: Open in Inspector'));
    assert.deepEqual(
      commands.filter((title) => /Analyze|Write|Compare|Choose/.test(title)),
      [],
    );
  });

  it('the view says why', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    const { welcome } = window.tree('Adapters');
    await welcome.getByText('This workspace is not trusted, so SPLoRA only inspects').waitFor();
    await welcome.getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
  });

  it('the inspector shows the file and says why its button is off', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    await window.explorer.open(WEIGHTS);
    const inspector = await window.webview(EXTENSION, '.grid [role=row]');
    await inspector.getByText('112 tensors').waitFor();
    assert.ok(await inspector.getByRole('button', { name: 'Analyze' }).isDisabled());
    await inspector.getByText('Restricted Mode.').waitFor();
    assert.deepEqual(await axeViolations(inspector), []);
  });
});
