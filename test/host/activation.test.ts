import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { EXTENSION_ID } from './support';

// First by name, so that it sees the extension before anybody used it.
describe('Activation', () => {
  it('comes by use, without loading the native library', async () => {
    const extension = vscode.extensions.getExtension(EXTENSION_ID);
    assert.ok(extension !== undefined);
    const begin = performance.now();
    await extension.activate();
    console.log(`activated in ${(performance.now() - begin).toFixed(1)} ms (0: it was active before)`);
    assert.ok(extension.isActive);
    // Native modules of the extension host itself are others; ours belongs to the engine's process.
    const report = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
    assert.deepEqual(
      report.sharedObjects.filter((file) => file.includes('onnxruntime')),
      [],
    );
  });
});
