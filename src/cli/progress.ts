import { SingleBar } from 'cli-progress';
import { visibleText } from '../core/report/escape';
import { formatBytes } from '../core/report/scores';
import type { ProgressEvent } from '../protocol/engineApi';

/** Tells a person how far a call is; always on standard error. */
export interface ProgressReporter {
  readonly onProgress: (event: ProgressEvent) => void;
  /** Takes the bar away, so that what is printed next stands alone. May be called twice. */
  readonly stop: () => void;
}

/** A bar on a terminal, sparse lines elsewhere, nothing when `quiet`. */
export function progressReporter(verb: string, quiet: boolean): ProgressReporter {
  if (quiet) return { onProgress: () => undefined, stop: () => undefined };
  return process.stderr.isTTY
    ? barReporter(verb)
    : lineReporter(verb, (line) => process.stderr.write(`${line}\n`));
}

const MAX_NAME = 40;

function barReporter(verb: string): ProgressReporter {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${verb} {bar} {done}/{total_modules}  {bytes}  {speed}/s  {module}`,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    // The command itself hears SIGINT: it cancels, cleans up and only then ends.
    gracefulExit: false,
  });
  let started = false;
  return {
    onProgress: (event) => {
      const payload = {
        done: event.modulesDone,
        total_modules: event.modulesTotal,
        bytes: `${formatBytes(event.bytesDone)} of ${formatBytes(event.bytesTotal)}`,
        speed: formatBytes(bytesPerSecond(event)),
        module: visibleText(event.module, MAX_NAME),
      };
      if (!started) bar.start(Math.max(1, event.bytesTotal), event.bytesDone, payload);
      else bar.update(event.bytesDone, payload);
      started = true;
    },
    stop: () => {
      if (started) bar.stop();
      started = false;
    },
  };
}

function bytesPerSecond(event: ProgressEvent): number {
  return event.elapsedMs > 0 ? Math.round((event.bytesDone * 1000) / event.elapsedMs) : 0;
}

/** Lines for logs: one at the start and one for each tenth of the modules, so that their number does not grow with the adapter. */
const STEPS = 10;

/** Exported for tests. */
export function lineReporter(verb: string, print: (line: string) => void): ProgressReporter {
  let lastStep = -1;
  return {
    onProgress: (event) => {
      const step = Math.floor((STEPS * event.modulesDone) / Math.max(1, event.modulesTotal));
      if (step <= lastStep) return;
      lastStep = step;
      const seconds = (event.elapsedMs / 1000).toFixed(1);
      print(
        `${verb}: ${event.modulesDone} of ${event.modulesTotal} modules, ${formatBytes(event.bytesDone)}, ${seconds} s`,
      );
    },
    stop: () => undefined,
  };
}
