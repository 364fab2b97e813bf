import { SingleBar } from 'cli-progress';
import { visibleText } from '../core/report/escape';
import { formatBytes } from '../core/report/scores';
import type { AnalyzeEvent, ProgressEvent } from '../protocol/engineApi';

/** What is counted: modules, but for `writing`, which copies one file. */
type Verb = 'analyzing' | 'comparing' | 'writing';

type Show = (event: ProgressEvent) => void;

/** Shows progress on standard error: a bar on a terminal, sparse lines elsewhere, nothing if `quiet`. */
export async function withProgress<T>(
  verb: Verb,
  quiet: boolean | undefined,
  work: (onEvent: (event: AnalyzeEvent) => void) => Promise<T>,
): Promise<T> {
  const { stderr } = process;
  const bar = quiet !== true && stderr.isTTY ? barReporter(verb) : undefined;
  const show =
    quiet === true ? undefined : (bar?.show ?? lineReporter(verb, (line) => stderr.write(`${line}\n`)));
  try {
    return await work((event) => {
      if (event.type === 'progress') show?.(event);
    });
  } finally {
    bar?.stop();
  }
}

const MAX_NAME = 40;

function barReporter(verb: Verb): { readonly show: Show; readonly stop: () => void } {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${verb} {bar} ${verb === 'writing' ? '' : '{done}/{total_modules}  '}{bytes}  {speed}/s  {module}`,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    // The command handles SIGINT: it cancels and cleans up first.
    gracefulExit: false,
  });
  let started = false;
  return {
    show: (event) => {
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
    },
  };
}

function bytesPerSecond(event: ProgressEvent): number {
  return event.elapsedMs > 0 ? Math.round((event.bytesDone * 1000) / event.elapsedMs) : 0;
}

/** Lines for logs: one at the start and one for each tenth of the work, so that their number does not grow with the adapter. */
const STEPS = 10;

/** Exported for tests. */
export function lineReporter(verb: Verb, print: (line: string) => void): Show {
  let lastStep = -1;
  return ({ bytesDone, bytesTotal, modulesDone, modulesTotal, elapsedMs }) => {
    const isWriting = verb === 'writing';
    const [done, total] = isWriting ? [bytesDone, bytesTotal] : [modulesDone, modulesTotal];
    const step = Math.floor((STEPS * done) / Math.max(1, total));
    if (step <= lastStep) return;
    lastStep = step;
    const bytes = formatBytes(bytesDone);
    const howFar = isWriting
      ? `${bytes} of ${formatBytes(bytesTotal)}`
      : `${done} of ${total} modules, ${bytes}`;
    print(`${verb}: ${howFar}, ${(elapsedMs / 1000).toFixed(1)} s`);
  };
}
