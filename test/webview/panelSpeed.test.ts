import { mockDocument, mockMeasures } from './mockAdapters';
import { ADAPTER } from './mockHost';
import { describePanel, progress } from './panelSuite';

describePanel('speed of the panel page (printed, not judged)', (open) => {
  it('prints how long 10,000 modules take to open and how many frames pass while they scroll', async () => {
    const { page, host } = await open((mock) => mock.store.add(ADAPTER));
    await page.locator('.empty').waitFor();
    const document = mockDocument(10_000);
    await page.evaluate(OPEN_TIMER);
    const before = Date.now();
    host.store.setDocument(ADAPTER, document);
    const inPage = await page.evaluate<number>('opened');
    console.log(
      `      10,000 modules: ${Date.now() - before} ms from store to screen, ${inPage.toFixed(0)} ms of it in the page`,
    );
    const fps = await page.evaluate<number>(SCROLL_FRAMES);
    console.log(`      scrolling them: ${fps.toFixed(0)} frames a second`);
  });

  it('prints how many frames pass while scores of 224 modules come in', async () => {
    const { page, host } = await open((mock) => mock.store.setProgress(ADAPTER, null, []));
    await page.getByText('Starting…').waitFor();
    const counted = page.evaluate<number>(COUNT_FRAMES);
    const measures = mockMeasures(224);
    for (let done = 1; done <= 224; done += 1) {
      host.store.setProgress(ADAPTER, progress(done, 224), measures.slice(0, done));
      // One round trip each: an engine's messages arrive no faster.
      await page.evaluate('0');
    }
    console.log(`      224 modules coming in: ${(await counted).toFixed(0)} frames a second`);
  });
});

/** Time from the arrival of a document to the frame after its table is drawn. */
const OPEN_TIMER = `
  globalThis.opened = new Promise((resolve) => {
    addEventListener('message', (event) => {
      // The JSON of a message begins after two lengths; its head is enough to tell, and is no work to be measured.
      const head = '{"type":"document"';
      if (new TextDecoder().decode(event.data.subarray(8, 8 + head.length)) !== head) return;
      const start = performance.now();
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
    });
  }); undefined`;

const SCROLL_FRAMES = `
  new Promise((resolve) => {
    const table = document.querySelector('.table');
    const start = performance.now();
    let frames = 0;
    const step = () => {
      frames += 1;
      table.scrollTop += 997;
      if (performance.now() - start < 1500) requestAnimationFrame(step);
      else resolve((frames * 1000) / (performance.now() - start));
    };
    requestAnimationFrame(step);
  })`;

const COUNT_FRAMES = `
  new Promise((resolve) => {
    const start = performance.now();
    let frames = 0;
    const step = () => {
      frames += 1;
      if (performance.now() - start < 1800) requestAnimationFrame(step);
      else resolve((frames * 1000) / (performance.now() - start));
    };
    requestAnimationFrame(step);
  })`;
