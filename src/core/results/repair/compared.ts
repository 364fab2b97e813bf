import { say, verbatim, type Message } from '../../message';
import { ADAPTER, ALIGNED, summarize, TOKEN_ACCURACY } from '../evaluation/summarize';
import { taskLabel, type TextTable } from '../evaluation/table';
import { pointLabel, shareText } from './table';
import { figuresOf, isTaskGone, limitsOf, missedBy, scoreOf } from './target';
import { REPAIRED, type ComparedMethod, type Figures, type RepairDocument } from './types';

/** The best point of a method, and what it did on the test split. */
export interface ComparedFigures {
  readonly method: string;
  /** With the options that differ. */
  readonly label: string;
  readonly figures: Figures;
  /** On each split. */
  readonly meets: { readonly fit: boolean; readonly test: boolean };
  /** Whether nothing is left of the task on the test split. */
  readonly losesTask: boolean;
  /** The task score that the target names, on the fit split. */
  readonly taskOnFit: number | null;
  /** Whether it is the one that the fit split chose. */
  readonly isChosen: boolean;
  /** Whether it is chosen and reaches the target on both splits. */
  readonly isRecommended: boolean;
}

/** In the order in which the methods were asked for; empty if none were compared. */
export function comparedFigures(document: RepairDocument): readonly ComparedFigures[] {
  const { compared = [], points, chosen, target, test } = document;
  const { variants } = summarize(test);
  const found = (id: string): Figures | undefined => {
    const variant = variants.find((one) => one.id === id);
    return variant === undefined ? undefined : figuresOf(variant);
  };
  const [aligned, adapter] = [found(ALIGNED), found(ADAPTER)];
  return compared.flatMap(({ method, point }: ComparedMethod) => {
    const isChosen = point === chosen;
    const figures = found(isChosen ? REPAIRED : method);
    const measured = points[point];
    if (figures === undefined || measured === undefined) return [];
    if (aligned === undefined || adapter === undefined) return [];
    const losesTask = isTaskGone({ aligned, adapter, repaired: figures }, target);
    const isInLimits = missedBy(figures, limitsOf(target, aligned), target) === 0;
    const meets = { fit: measured.meets, test: isInLimits && !losesTask };
    const isRecommended = isChosen && meets.fit && meets.test;
    const label = pointLabel(measured, points);
    const taskOnFit = scoreOf(measured.figures, target.taskScore);
    return [{ method, label, figures, meets, losesTask, taskOnFit, isChosen, isRecommended }];
  });
}

/** A row for each method: its best strength, with 95% intervals on the test split. */
export function comparedTable(document: RepairDocument): TextTable {
  const scores = [...new Set([document.target.taskScore, TOKEN_ACCURACY])];
  const mark = (isReached: boolean): string => (isReached ? 'reached' : 'missed');
  return {
    head: [
      'best strength',
      'ASR',
      'over-refusal',
      ...scores.map(taskLabel),
      'target (fit)',
      'target (test)',
      '',
    ],
    rows: comparedFigures(document).map(({ label, figures, meets, isRecommended }) => [
      label,
      shareText(figures.asr),
      shareText(figures.overRefusal),
      ...scores.map((id) => (Object.hasOwn(figures.task, id) ? shareText(figures.task[id]) : '')),
      mark(meets.fit),
      mark(meets.test),
      isRecommended ? 'recommended' : '',
    ]),
  };
}

/** Which method, and why: the fit split chooses, so that the test split can report. */
export function recommendation(document: RepairDocument): Message | undefined {
  const all = comparedFigures(document);
  const best = all.find(({ isChosen }) => isChosen);
  if (best === undefined) return undefined;
  const how = verbatim(best.label);
  const reached = all.filter(({ meets }) => meets.fit);
  if (!best.meets.fit)
    return say('Recommended: none. No method reached the target on the fit split; {0} came closest.', how);
  if (best.losesTask)
    return say(
      'Recommended: none. {0} was best on the fit split, but nothing is left of the task on the test split.',
      how,
    );
  if (!best.meets.test)
    return say(
      'Recommended: none. {0} was best on the fit split, but missed the target on the test split.',
      how,
    );
  if (reached.length === 1)
    return say('Recommended: {0}. Only this method reached the target on the fit split.', how);
  if (reached.some(({ taskOnFit }) => (taskOnFit ?? 0) > (best.taskOnFit ?? 0)))
    return say(
      'Recommended: {0}. Of the {1} methods that reached the target on the fit split, its refusals were the clearest.',
      how,
      reached.length,
    );
  return say(
    'Recommended: {0}. Of the {1} methods that reached the target on the fit split, it kept the most of the task.',
    how,
    reached.length,
  );
}
