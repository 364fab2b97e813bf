'use strict';
/** In the same process and thread as every extension of the window, so that it feels what blocks them. */
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { Session } = require('node:inspector/promises');
const vscode = require('vscode');
const { ownStretches } = require('./ownStretches.cjs');

/** A turn each so many milliseconds; what a turn comes later than that, the loop was blocked. */
const INTERVAL_MS = 5;
/** Between two samples of the profiler. */
const SAMPLE_US = 1000;

/** Nanoseconds that the kernel has let this thread compute. The rest of a pause it waited for a processor. */
function computed() {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
}

exports.activate = ({ subscriptions }) => {
  let pauses = [];
  let timer;
  let last;
  const session = new Session();
  const turn = () => {
    const now = { at: performance.now(), computed: computed() };
    if (last !== undefined) {
      const blocked = Math.max(0, now.at - last.at - INTERVAL_MS);
      pauses.push({ blocked, busy: Math.min(blocked, (now.computed - last.computed) / 1e6) });
    }
    last = now;
    timer = setTimeout(turn, INTERVAL_MS);
  };
  const begin = async () => {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    await session.post('Profiler.start');
    pauses = [];
    last = undefined;
    turn();
  };
  const end = async () => {
    clearTimeout(timer);
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    const sorted = pauses.map(({ blocked }) => blocked).sort((x, y) => x - y);
    const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
    const found = {
      median: at(0.5),
      p99: at(0.99),
      longest: at(1),
      busiest: Math.max(...pauses.map(({ busy }) => busy)),
      own: ownStretches(profile),
    };
    const out = process.env.SPLORA_LOOP_REPORT;
    writeFileSync(`${out}.tmp`, JSON.stringify(found));
    renameSync(`${out}.tmp`, out);
  };
  subscriptions.push({ dispose: () => clearTimeout(timer) });
  subscriptions.push(vscode.commands.registerCommand('loopMonitor.begin', begin));
  subscriptions.push(vscode.commands.registerCommand('loopMonitor.end', end));
};
