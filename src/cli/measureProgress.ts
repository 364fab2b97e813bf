import { SingleBar } from 'cli-progress';
import { formatBytes } from '../core/report/scores';
import type { MeasureEvent } from '../protocol/evaluatorApi';

type Progress = Extract<MeasureEvent, { type: 'progress' }>;

/** Shows progress of a measurement on standard error: a bar on a terminal, sparse lines elsewhere, nothing if `quiet`. */
export async function withMeasureProgress<T>(
  quiet: boolean | undefined,
  work: (onEvent: (event: MeasureEvent) => void) => Promise<T>,
): Promise<T> {
  const { stderr } = process;
  const print = (line: string): void => void stderr.write(`${line}\n`);
  const bar = quiet !== true && stderr.isTTY ? barReporter() : undefined;
  const show = quiet === true ? undefined : (bar?.show ?? measureLines(print));
  try {
    return await work((event) => {
      if (event.type === 'progress') show?.(event);
      if (event.type === 'estimate' && quiet !== true) print(estimateLine(event.estimate));
    });
  } finally {
    bar?.stop();
  }
}

function barReporter(): { readonly show: (event: Progress) => void; readonly stop: () => void } {
  const bar = new SingleBar({
    stream: process.stderr,
    format: '{stage} {bar} {done}/{all}  {speed}  {left}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    // The command handles SIGINT: it cancels and cleans up first.
    gracefulExit: false,
  });
  let stage: Progress['stage'] | undefined;
  return {
    show: (event) => {
      const { done, total } = event;
      const payload = {
        stage: event.stage,
        done,
        all: total,
        speed: speedText(event),
        left: leftText(event),
      };
      if (stage !== event.stage) {
        if (stage !== undefined) bar.stop();
        bar.start(Math.max(1, total), done, payload);
      } else bar.update(done, payload);
      stage = event.stage;
    },
    stop: () => {
      if (stage !== undefined) bar.stop();
    },
  };
}

/** Lines for logs: one at the start of each stage and one for each tenth of it. */
const STEPS = 10;

/** Exported for tests. */
export function measureLines(print: (line: string) => void): (event: Progress) => void {
  let last = '';
  return (event) => {
    const { stage, done, total } = event;
    const step = `${stage} ${Math.floor((STEPS * done) / Math.max(1, total))}`;
    if (step === last) return;
    last = step;
    const parts = [`${stage}: ${done} of ${total}`, speedText(event), leftText(event)];
    print(parts.filter((part) => part !== '').join(', '));
  };
}

function speedText({ tokensPerSecond }: Progress): string {
  return tokensPerSecond > 0 ? `${Math.round(tokensPerSecond)} tokens/s` : '';
}

function leftText({ remainingMs, done, total }: Progress): string {
  return remainingMs === null || done === total ? '' : `${durationText(remainingMs / 1000)} left`;
}

const MINUTE = 60;
const HOUR = 3600;

function durationText(seconds: number): string {
  if (seconds < MINUTE) return `${Math.ceil(seconds)} s`;
  if (seconds < HOUR) return `${Math.ceil(seconds / MINUTE)} min`;
  return `${(seconds / HOUR).toFixed(1)} h`;
}

function estimateLine({
  questions,
  seconds,
  bytes,
}: Extract<MeasureEvent, { type: 'estimate' }>['estimate']): string {
  const memory = bytes === null ? '' : `, about ${formatBytes(bytes)} of memory`;
  return `estimate: ${questions} answers, about ${durationText(seconds)}${memory}`;
}
