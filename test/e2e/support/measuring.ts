import type { VsCodeWindow } from '../../realhost/window';
import { PanelPage } from './panelPage';

const WEIGHTS = 'adapter-mixed/adapter_model.safetensors';

/** Measures the sample's mixed adapter alone, from its menu to the result in the panel. */
export async function measure(window: VsCodeWindow, timeout?: number): Promise<PanelPage> {
  await window.openContainer('Explorer');
  await window.explorer.chooseFromMenu(WEIGHTS, 'Measure Behavior…');
  await window.quickInput.pick(/suites, harmful, benign, task/);
  await window.quickInput.rowOf(/adapter-benign/);
  await window.page.keyboard.press('Enter');
  await window.quickInput.pick('On This Machine');
  return measured(window, timeout);
}

/** Waits for the result in the panel. */
export async function measured(window: VsCodeWindow, timeout?: number): Promise<PanelPage> {
  const panel = await PanelPage.of(window);
  await panel.frame.getByText('Refusals decided by rules.').waitFor(timeout === undefined ? {} : { timeout });
  return panel;
}
