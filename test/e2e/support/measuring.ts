import { waitFor } from '../../realhost/waiting';
import type { VsCodeWindow } from '../../realhost/window';
import { PanelPage } from './panelPage';

const WEIGHTS = 'adapter-mixed/adapter_model.safetensors';

/** Measures the sample's mixed adapter alone, from its menu to the result in the panel. */
export async function measure(window: VsCodeWindow, timeoutMs?: number): Promise<PanelPage> {
  await window.openContainer('Explorer');
  await window.explorer.chooseFromMenu(WEIGHTS, 'Measure Behavior…');
  await window.quickInput.pick(/suites, harmful, benign, task/);
  await window.quickInput.rowOf(/adapter-benign/);
  await window.page.keyboard.press('Enter');
  await window.quickInput.pick('On This Machine');
  return measured(window, timeoutMs);
}

/** Waits for the result in the panel. A machine that is busy is asked first whether it may take so long: it may. */
export async function measured(window: VsCodeWindow, timeoutMs?: number): Promise<PanelPage> {
  const panel = await PanelPage.of(window);
  const result = panel.frame.getByText('Refusals decided by rules.');
  const isDone = async (): Promise<boolean> => {
    await confirmLong(window);
    return result.isVisible();
  };
  await waitFor('the result of the measurement', isDone, timeoutMs === undefined ? {} : { timeoutMs });
  return panel;
}

/** Answers the question whether something may take as long as it does on a busy machine, if it is asked. */
export async function confirmLong(
  window: VsCodeWindow,
  button: 'Measure' | 'Repair' = 'Measure',
): Promise<void> {
  const longer = window.page.locator('.monaco-dialog-box').getByRole('button', { name: button });
  if (await longer.isVisible()) await longer.click();
}
