'use strict';
/** In the same process and thread as every extension of the window, so that it feels what blocks them. */
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const vscode = require('vscode');

/** A turn each so many milliseconds; what a turn comes later than that, the loop was blocked. */
const INTERVAL_MS = 5;

/** Nanoseconds that the kernel has let this thread compute. The rest of a pause it waited for a processor. */
function computed() {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
}

exports.activate = ({ subscriptions }) => {
  let pauses = [];
  let timer;
  let last;
  const turn = () => {
    const now = { at: performance.now(), computed: computed() };
    if (last !== undefined) {
      const blocked = Math.max(0, now.at - last.at - INTERVAL_MS);
      pauses.push({ blocked, busy: Math.min(blocked, (now.computed - last.computed) / 1e6) });
    }
    last = now;
    timer = setTimeout(turn, INTERVAL_MS);
  };
  const begin = () => {
    pauses = [];
    last = undefined;
    turn();
  };
  const end = () => {
    clearTimeout(timer);
    const sorted = pauses.map(({ blocked }) => blocked).sort((x, y) => x - y);
    const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
    const found = {
      median: at(0.5),
      p99: at(0.99),
      longest: at(1),
      busiest: Math.max(...pauses.map(({ busy }) => busy)),
    };
    const out = process.env.SPLORA_LOOP_REPORT;
    writeFileSync(`${out}.tmp`, JSON.stringify(found));
    renameSync(`${out}.tmp`, out);
  };
  subscriptions.push({ dispose: () => clearTimeout(timer) });
  subscriptions.push(vscode.commands.registerCommand('loopMonitor.begin', begin));
  subscriptions.push(vscode.commands.registerCommand('loopMonitor.end', end));
};
