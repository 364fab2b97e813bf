import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import type { InspectResult } from '../../src/protocol/engineApi';
import {
  summarize,
  tensorMessages,
  type HostToInspector,
  type InspectorToHost,
} from '../../src/protocol/inspector';
import { axeViolations } from '../support/axe';
import { sendTo, type OpenOptions } from './harness';
import { describePage, drawn, eventually, WIDER } from './panelSuite';
import { say } from '../../src/core/message';

const TYPES = ['self_attn.q_proj', 'self_attn.v_proj', 'mlp.down_proj'];

function adapterFile(blocks: number): InspectResult {
  const tensors = Array.from({ length: blocks }, (_, block) =>
    TYPES.map((type) => `model.layers.${String(block)}.${type}`),
  )
    .flat()
    .flatMap((module) => [
      { name: `base_model.model.${module}.lora_A.weight`, dtype: 'F32', shape: [8, 4096], bytes: 131_072 },
      { name: `base_model.model.${module}.lora_B.weight`, dtype: 'BF16', shape: [4096, 8], bytes: 65_536 },
    ]);
  return {
    path: '/adapter/adapter_model.safetensors',
    fileSize: 247_488,
    metadata: { format: 'pt' },
    tensors,
    adapter: {
      family: 'peft',
      alignedHint: 'meta-llama/Llama-2-7b-chat-hf',
      modules: TYPES.map((type) => ({
        module: `model.layers.0.${type}`,
        shape: [4096, 4096],
        rank: 8,
        scale: 2,
        dtype: 'F32',
        bytes: 1,
        unsupported: null,
      })),
      replacements: [],
      carried: [],
      notes: [],
    },
    declined: null,
  };
}

const NO_ADAPTER = {
  adapter: null,
  declined: {
    code: 'unsupported-adapter',
    message: say('A kohya adapter: SPLoRA reads PEFT and MLX adapters'),
    advice: say('Convert it first.'),
  },
} as const;

const search = (page: Page): Locator => page.getByRole('textbox', { name: 'Search tensors' });

/** Two messages, or more for long lists. */
const shown = (result: InspectResult): HostToInspector[] => [
  { type: 'file', file: summarize(result) },
  ...tensorMessages(result.tensors),
];
const init = (trusted = true): HostToInspector => ({
  type: 'init',
  fileName: 'adapter_model.safetensors',
  path: 'adapter-mixed/adapter_model.safetensors',
  translations: {},
  trusted,
});
async function send(page: Page, ...messages: readonly HostToInspector[]): Promise<void> {
  for (const message of messages) await sendTo(page, message);
  await drawn(page);
}
const names = (page: Page): Promise<string[]> => page.locator('.table-body .column-name').allTextContents();
const rows = (page: Page, count: number): Promise<void> =>
  eventually(() => page.locator('.table-body .table-row').count(), count);
const firstRow = (page: Page, text: string): Promise<void> =>
  page.locator('.table-body .table-row:first-child', { hasText: text }).waitFor();

describePage('the inspector page', 'inspector', (openPage) => {
  let posted: InspectorToHost[] = [];

  async function open(result: InspectResult, options: OpenOptions = {}): Promise<Page> {
    posted = [];
    const size = { width: 1000, height: 640 };
    const page = await openPage(
      { ...size, ...options },
      () => (message) => posted.push(message as InspectorToHost),
    );
    await eventually(() => posted, [{ type: 'ready' }]);
    assert.equal(await page.locator('body').innerText(), '');
    await send(page, init(), ...shown(result));
    return page;
  }

  it('says what the file is', async () => {
    const page = await open(adapterFile(4));
    assert.match(
      await page.locator('header').innerText(),
      /24 tensors · 247 kB · PEFT adapter with 3 modules · rank 8 · scale 2 · trained on meta-llama/,
    );
    assert.equal(await page.locator('.metadata').innerText(), 'format\npt');
  });

  it('searches by name, type and shape', async () => {
    const page = await open(adapterFile(12));
    await search(page).fill('layers.11 q_proj');
    await rows(page, 2);
    assert.ok((await names(page)).every((name) => name.includes('layers.11.self_attn.q_proj')));
    assert.match(await page.locator('.counts').innerText(), /2 of 72 · 197 kB/);
    await search(page).fill('bf16 4096x8 down');
    await rows(page, 12);
    await search(page).fill('nothing');
    await page.locator('.table-empty').waitFor({ state: 'visible' });
  });

  it('sorts by each column, in natural order of names, and back', async () => {
    const page = await open(adapterFile(11));
    const head = page.getByRole('columnheader', { name: 'Name' });
    assert.equal(await head.getAttribute('aria-sort'), 'none');
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'ascending');
    await head.getByRole('button').click();
    await firstRow(page, 'layers.10.');
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'none');
    await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
    await firstRow(page, '131 kB');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Shape');
  });

  it('moves by keyboard from the search to any row', async () => {
    const page = await open(adapterFile(500));
    await search(page).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await page.locator('[aria-selected=true][aria-rowindex="3001"]').waitFor();
    const grid = page.getByRole('grid');
    assert.equal(await grid.getAttribute('aria-activedescendant'), 'row-2999');
    assert.equal(await grid.getAttribute('aria-rowcount'), '3001');
    const row = await page.locator('#row-2999').boundingBox();
    const frame = await grid.boundingBox();
    assert.ok(
      row !== null && frame !== null && row.y >= frame.y && row.y + row.height <= frame.y + frame.height + 1,
    );
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowUp');
    assert.notEqual(await grid.getAttribute('aria-activedescendant'), 'row-2999');
  });

  it('keeps 100,000 tensors out of the page but for those in view', async () => {
    const page = await open(adapterFile(16_667));
    assert.match(await page.locator('header').innerText(), /100,002 tensors/);
    await page.getByRole('grid').evaluate((grid) => {
      (grid as unknown as { scrollTop: number }).scrollTop = 1_000_000;
    });
    await page.locator('#row-45460').waitFor();
    assert.ok((await names(page)).length < 80);
    await search(page).fill('layers.16666.mlp');
    await rows(page, 2);
  });

  it('brings search, order and place back', async () => {
    const page = await open(adapterFile(300));
    await search(page).fill('lora_a');
    await page.getByRole('grid').evaluate((grid) => {
      (grid as unknown as { scrollTop: number }).scrollTop = 4400;
    });
    await eventually(() => page.evaluate(`JSON.parse(sessionStorage.getItem('state')).scrollTop`), 4400);
    await page.reload();
    await send(page, init(), ...shown(adapterFile(300)));
    assert.equal(await search(page).inputValue(), 'lora_a');
    await eventually(() => page.evaluate(`document.querySelector('.table').scrollTop`), 4400);
  });

  it('asks for an analysis, and not in Restricted Mode', async () => {
    const page = await open(adapterFile(1));
    await page.getByRole('button', { name: 'Analyze' }).click();
    await eventually(() => posted.at(-1), { type: 'analyze' });
    await send(page, init(false), ...shown(adapterFile(1)));
    assert.ok(await page.getByRole('button', { name: 'Analyze' }).isDisabled());
    await page.getByRole('button', { name: 'Manage Workspace Trust' }).click();
    await eventually(() => posted.at(-1), { type: 'manageTrust' });
    await send(page, { type: 'trusted' });
    assert.ok(await page.getByRole('button', { name: 'Analyze' }).isEnabled());
    assert.equal(await page.getByText('Restricted Mode').count(), 0);
  });

  it('says why a file cannot be scored, and lists its tensors all the same', async () => {
    const page = await open({ ...adapterFile(2), ...NO_ADAPTER });
    assert.match(await page.locator('.notice').innerText(), /Cannot be scored: A kohya adapter/);
    assert.equal(await page.getByRole('button', { name: 'Analyze' }).count(), 0);
    assert.equal((await names(page)).length, 12);
  });

  it('says in place why a file cannot be read and what to do, and recovers', async () => {
    const page = await open(adapterFile(1));
    const message = 'This is a Git LFS pointer, not the weights.';
    await send(
      page,
      { type: 'loading' },
      { type: 'failed', error: { code: 'lfs-pointer', message, advice: 'Run git lfs pull.' } },
    );
    assert.match(
      await page.getByRole('alert').innerText(),
      /cannot be read. This is a Git LFS pointer.*\s+Run git lfs pull\./,
    );
    assert.equal(await page.getByRole('grid').count(), 0);
    await page.getByRole('button', { name: 'Open as Text' }).click();
    await page.getByRole('button', { name: 'Try Again' }).click();
    await eventually(() => posted.slice(-2), [{ type: 'openAsText' }, { type: 'retry' }]);
    await send(page, ...shown(adapterFile(1)));
    assert.equal(await page.getByRole('alert').count(), 0);
    assert.ok(await page.getByRole('grid').isVisible());
  });

  it('shows hostile names as text, and what cannot be seen in them', async () => {
    const name = '<img src=x onerror=alert(1)>\u202Egnp.\u0000';
    const hostile = { ...adapterFile(0), tensors: [{ name, dtype: 'F32', shape: [], bytes: 4 }] };
    const page = await open({ ...hostile, metadata: { ['__proto__']: name, format: `pt\n${name}` } });
    assert.deepEqual(await names(page), ['<img src=x onerror=alert(1)>\\u{202e}gnp.\\u{0}']);
    assert.equal(await page.locator('img').count(), 0);
  });

  for (const theme of ['dark', 'light', 'hcDark'] as const) {
    it(`axe-core finds nothing: ${theme}`, async () => {
      const page = await open(adapterFile(60), { theme });
      await search(page).focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      assert.deepEqual(await axeViolations(page), []);
      const metadata = { format: 'pt', config: 'x '.repeat(900) };
      await send(page, ...shown({ ...adapterFile(3), ...NO_ADAPTER, metadata }));
      assert.deepEqual(await axeViolations(page), []);
      const error = {
        code: 'bad-safetensors',
        message: 'The file ends early.',
        advice: 'Fetch it again.',
      } as const;
      await send(page, { type: 'failed', error });
      assert.deepEqual(await axeViolations(page), []);
    });
  }

  it('fits a narrow editor at 200 %', async () => {
    // Half an editor of 1000 x 640 pixels: zooming by 200 % leaves half the pixels to a page, and scales the rest.
    const page = await open(adapterFile(60), { width: 500, height: 320 });
    assert.equal(await page.evaluate(WIDER), 0);
  });
});
