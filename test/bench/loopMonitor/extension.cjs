'use strict';
/** In the same process and thread as every extension of the window, so that it feels what blocks them. */
const { renameSync, writeFileSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const vscode = require('vscode');

/** A sample each so many milliseconds; a delay includes them. */
const RESOLUTION_MS = 5;

exports.activate = ({ subscriptions }) => {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const begin = () => {
    delays.reset();
    delays.enable();
  };
  const end = () => {
    delays.disable();
    const milliseconds = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    const found = {
      samples: delays.count,
      median: milliseconds(delays.percentile(50)),
      p99: milliseconds(delays.percentile(99)),
      longest: milliseconds(delays.max),
    };
    const out = process.env.SPLORA_LOOP_REPORT;
    writeFileSync(`${out}.tmp`, JSON.stringify(found));
    renameSync(`${out}.tmp`, out);
  };
  subscriptions.push(vscode.commands.registerCommand('loopMonitor.begin', begin));
  subscriptions.push(vscode.commands.registerCommand('loopMonitor.end', end));
};
