import { waitFor } from '../../realhost/waiting';
import type { VsCodeWindow } from '../../realhost/window';

/** Answers both steps: the aligned model that the adapter names, then a base. */
export async function pickModels({ quickInput }: VsCodeWindow, base: RegExp): Promise<void> {
  await quickInput.pick(/(^|\s)aligned,/);
  await waitFor('the second step', async () => (await quickInput.message()).includes('2/2'), {
    seen: () => quickInput.message(),
  });
  await quickInput.pick(base);
}
