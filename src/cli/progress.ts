import { SingleBar } from 'cli-progress';
import { visibleText } from '../core/report/escape';
import { formatBytes } from '../core/report/scores';
import type { ProgressEvent } from '../protocol/engineApi';

/** Shows the progress of a call, always on standard error. */
export interface ProgressReporter {
  readonly onProgress: (event: ProgressEvent) => void;
  /** Removes the bar before anything else is printed. May be called twice. */
  readonly stop: () => void;
}

/** What is counted: modules, but for `writing`, which copies one file. */
type Verb = 'analyzing' | 'comparing' | 'writing';

/** A bar on a terminal, sparse lines elsewhere, nothing when `quiet`. */
export function progressReporter(verb: Verb, quiet: boolean): ProgressReporter {
  if (quiet) return { onProgress: () => undefined, stop: () => undefined };
  return process.stderr.isTTY
    ? barReporter(verb)
    : lineReporter(verb, (line) => process.stderr.write(`${line}\n`));
}

const MAX_NAME = 40;

function barReporter(verb: Verb): ProgressReporter {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${verb} {bar} ${verb === 'writing' ? '' : '{done}/{total_modules}  '}{bytes}  {speed}/s  {module}`,
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

/** Lines for logs: one at the start and one for each tenth of the work, so that their number does not grow with the adapter. */
const STEPS = 10;

/** Exported for tests. */
export function lineReporter(verb: Verb, print: (line: string) => void): ProgressReporter {
  let lastStep = -1;
  const isWriting = verb === 'writing';
  return {
    onProgress: (event) => {
      const [done, total] = isWriting
        ? [event.bytesDone, event.bytesTotal]
        : [event.modulesDone, event.modulesTotal];
      const step = Math.floor((STEPS * done) / Math.max(1, total));
      if (step <= lastStep) return;
      lastStep = step;
      const seconds = (event.elapsedMs / 1000).toFixed(1);
      const bytes = formatBytes(event.bytesDone);
      const howFar = isWriting
        ? `${bytes} of ${formatBytes(event.bytesTotal)}`
        : `${done} of ${total} modules, ${bytes}`;
      print(`${verb}: ${howFar}, ${seconds} s`);
    },
    stop: () => undefined,
  };
}
