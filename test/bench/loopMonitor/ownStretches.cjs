'use strict';

/** The folder of our extension where it is installed, in the address of its files. */
const OURS = /[\\/]splora\.splora-[^\\/]*[\\/]/;
const SHOWN = 3;

/**
 * Where our code ran without another turn of the loop, by the samples of a CPU profile: the longest stretches, in
 * milliseconds of the clock (waiting for a processor included), with our functions that were seen most.
 */
function ownStretches({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map((node) => [node.id, { ...node.callFrame, parent: undefined }]));
  for (const node of nodes)
    for (const child of node.children ?? []) frames.get(child).parent = frames.get(node.id);
  const stretches = [];
  let current;
  samples.forEach((sample, index) => {
    const ran = (timeDeltas[index + 1] ?? 0) / 1000;
    const ours = innermostOfOurs(frames.get(sample));
    // The collector has no stack: it belongs to what it interrupts.
    const isPause = frames.get(sample).functionName === '(garbage collector)' && current !== undefined;
    if (ours === undefined && !isPause) return void (current = undefined);
    if (current === undefined) stretches.push((current = { busy: 0, seen: new Map() }));
    current.busy += ran;
    const name = ours ?? '(garbage collector)';
    current.seen.set(name, (current.seen.get(name) ?? 0) + ran);
  });
  const longest = stretches.sort((x, y) => y.busy - x.busy).slice(0, SHOWN);
  return longest.map(({ busy, seen }) => ({ busy, code: mostOf(seen) }));
}

function innermostOfOurs(frame) {
  for (let at = frame; at !== undefined; at = at.parent)
    if (OURS.test(at.url))
      return `${at.functionName === '' ? 'anonymous' : at.functionName}:${at.lineNumber}`;
  return undefined;
}

function mostOf(seen) {
  const sorted = [...seen].sort(([, x], [, y]) => y - x);
  return sorted
    .slice(0, SHOWN)
    .map(([name, ran]) => `${name} ${ran.toFixed(0)} ms`)
    .join(', ');
}

exports.ownStretches = ownStretches;
