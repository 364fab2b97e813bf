'use strict';
/**
 * The real host knows no --extensionTestsPath, so this extension does what it does on a desktop: it
 * loads the suite named by the environment and calls its run(). The suite writes the results itself;
 * what is written here is only the failure to get that far.
 */
const { renameSync, writeFileSync } = require('node:fs');

exports.activate = () => {
  const { SPLORA_API_SUITE: suite, SPLORA_API_RESULT: resultFile } = process.env;
  // A reloaded window activates again: one answer is enough.
  if (!suite || !resultFile) return;
  // Not awaited: tests must not run inside our own activation, which VS Code measures and waits for.
  setImmediate(async () => {
    let error = '';
    try {
      await require(suite).run();
    } catch (thrown) {
      error = String(thrown?.stack ?? thrown);
    }
    writeFileSync(`${resultFile}.end.tmp`, JSON.stringify({ error }));
    renameSync(`${resultFile}.end.tmp`, `${resultFile}.end`);
  });
};
