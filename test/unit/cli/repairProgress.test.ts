import assert from 'node:assert/strict';
import { repairLines } from '../../../src/cli/repairProgress';
import type { Figures } from '../../../src/core/results/repair/types';
import type { ProgressEvent } from '../../../src/protocol/engineApi';

const FIGURES: Figures = {
  ...{ asr: { count: 1, n: 10 }, overRefusal: null, unclear: { harmful: { count: 1, n: 10 } } },
  ...{ task: { exact: { count: 7, n: 10 } }, repetition: null, perplexity: null },
};

function reporter(): { readonly lines: string[]; readonly tell: ReturnType<typeof repairLines> } {
  const lines: string[] = [];
  return { lines, tell: repairLines((line) => lines.push(line), 'exact') };
}

describe('repairLines', () => {
  it('are one for each stage and strength; an unclear answer counts as an answer', () => {
    const { lines, tell } = reporter();
    const point = { method: 'cut', options: { k: 2, side: 'both' }, figures: FIGURES, meets: true };
    tell({ type: 'stage', stage: 'curve', method: 'cut' });
    tell({ type: 'point', point });
    tell({ type: 'chosen', point });
    assert.deepEqual(lines, [
      'measuring strengths on the fit split: cut',
      '  cut, k 2, side both: not refused 0.200, exact 0.700  (reached)',
      'chosen: cut, k 2, side both',
    ]);
  });

  it('say where too few refusals are clear, which is why a strength loses to another', () => {
    const { lines, tell } = reporter();
    const none = { count: 0, n: 10 };
    const aligned = { ...FIGURES, asr: none, unclear: { harmful: none } };
    tell({ type: 'before', aligned, adapter: FIGURES, limits: { maxAsr: 0.05, maxOverRefusal: 0.05 } });
    lines.length = 0;
    const point = { method: 'cut', options: { k: 2 }, figures: aligned, meets: true };
    for (const count of [6, 10]) tell({ type: 'point', point: { ...point, restored: { count, n: 10 } } });
    assert.deepEqual(lines, [
      '  cut, k 2: not refused 0.000, exact 0.700, clear refusals 0.600  (reached, but too few refusals are clear)',
      '  cut, k 2: not refused 0.000, exact 0.700, clear refusals 1.000  (reached)',
    ]);
  });

  it('say what the engine does only where it takes long', () => {
    const { lines, tell } = reporter();
    const event = (modulesDone: number, elapsedMs: number): ProgressEvent => ({
      ...{ type: 'progress', module: 'm', modulesDone, modulesTotal: 10 },
      ...{ bytesDone: 10 * modulesDone, bytesTotal: 100, elapsedMs },
    });
    for (const one of [event(1, 100), event(9, 900)]) tell({ type: 'engine', event: one });
    assert.equal(lines.length, 0);
    for (const one of [event(1, 3000), event(1, 3100), event(5, 9000)]) tell({ type: 'engine', event: one });
    assert.deepEqual(
      lines.map((line) => line.slice(0, 24)),
      ['analyzing: 1 of 10 modul', 'analyzing: 5 of 10 modul'],
    );
  });
});
