import { cp } from 'node:fs/promises';
import { sample } from '../../support/paths';

/** A copy of the built-in sample, as a user has it after opening it. */
export async function sampleWorkspace(folder: string): Promise<void> {
  await cp(sample(), folder, { recursive: true });
}
