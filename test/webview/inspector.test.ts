import assert from 'node:assert/strict';
import axe from 'axe-core';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import type { InspectResult } from '../../src/protocol/engineApi';
import { chromiumOrSkip } from './harness';
import { InspectorHarness } from './inspectorHarness';
import THEMES from './themes.json' with { type: 'json' };
import { say } from '../../src/core/message';

/** A folder for pictures to look at; none are taken without it. */
const SCREENSHOTS = process.env['SPLORA_SCREENSHOTS'];

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

describe('the inspector page', function () {
  let browser: Browser | undefined;
  let harness: InspectorHarness;

  before(async function () {
    const executablePath = await chromiumOrSkip(this);
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  });
  after(() => browser?.close());

  async function open(
    result?: InspectResult,
    theme: keyof typeof THEMES = 'dark',
  ): Promise<InspectorHarness> {
    assert.ok(browser);
    harness = await InspectorHarness.open(browser, THEMES[theme]);
    await harness.init();
    if (result !== undefined) await harness.show(result);
    return harness;
  }

  afterEach(async () => {
    assert.deepEqual(harness.problems, []);
    await harness.page.close();
  });

  it('is an empty shell that asks for its data', async () => {
    assert.ok(browser);
    harness = await InspectorHarness.open(browser);
    assert.deepEqual(await harness.posted(), [{ type: 'ready' }]);
    assert.equal(await harness.page.locator('body').innerText(), '');
  });

  it('says what the file is', async () => {
    const { page } = await open(adapterFile(4));
    assert.match(
      await page.locator('header').innerText(),
      /24 tensors · 247 kB · PEFT adapter with 3 modules · rank 8 · scale 2 · trained on meta-llama/,
    );
    assert.equal(await page.locator('.metadata').innerText(), 'format\npt');
  });

  it('searches by name, type and shape', async () => {
    const { page } = await open(adapterFile(12));
    await search(page).fill('layers.11 q_proj');
    await harness.until(`document.querySelectorAll('.table-body .table-row').length === 2`);
    assert.ok((await harness.names()).every((name) => name.includes('layers.11.self_attn.q_proj')));
    assert.match(await page.locator('.counts').innerText(), /2 of 72 · 197 kB/);
    await search(page).fill('bf16 4096x8 down');
    await harness.until(`document.querySelectorAll('.table-body .table-row').length === 12`);
    await search(page).fill('nothing');
    await page.locator('.table-empty').waitFor({ state: 'visible' });
  });

  it('sorts by each column, in natural order of names, and back', async () => {
    const { page } = await open(adapterFile(11));
    const head = page.getByRole('columnheader', { name: 'Name' });
    assert.equal(await head.getAttribute('aria-sort'), 'none');
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'ascending');
    await head.getByRole('button').click();
    await harness.until(
      `document.querySelector('.table-body .table-row')?.textContent.includes('layers.10.')`,
    );
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'none');
    await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
    await harness.until(`document.querySelector('.table-body .table-row')?.textContent.includes('131 kB')`);
    await page.keyboard.press('ArrowLeft');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Shape');
  });

  it('moves by keyboard from the search to any row', async () => {
    const { page } = await open(adapterFile(500));
    await search(page).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await harness.until(
      `document.querySelector('[aria-selected=true]')?.getAttribute('aria-rowindex') === '3001'`,
    );
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
    const { page } = await open(adapterFile(16_667));
    assert.match(await page.locator('header').innerText(), /100,002 tensors/);
    await page.getByRole('grid').evaluate((grid) => {
      (grid as unknown as { scrollTop: number }).scrollTop = 1_000_000;
    });
    await harness.until(`document.querySelector('#row-45460') !== null`);
    assert.ok((await harness.names()).length < 80);
    await search(page).fill('layers.16666.mlp');
    await harness.until(`document.querySelectorAll('.table-body .table-row').length === 2`);
  });

  it('brings search, order and place back', async () => {
    const { page } = await open(adapterFile(300));
    await search(page).fill('lora_a');
    await page.getByRole('grid').evaluate((grid) => {
      (grid as unknown as { scrollTop: number }).scrollTop = 4400;
    });
    await harness.until(`JSON.parse(sessionStorage.getItem('state')).scrollTop === 4400`);
    await page.reload();
    await harness.init();
    await harness.show(adapterFile(300));
    assert.equal(await search(page).inputValue(), 'lora_a');
    await harness.until(`document.querySelector('.table').scrollTop === 4400`);
  });

  it('asks for an analysis, and not in Restricted Mode', async () => {
    const { page } = await open(adapterFile(1));
    await page.getByRole('button', { name: 'Analyze' }).click();
    assert.deepEqual((await harness.posted()).at(-1), { type: 'analyze' });
    await harness.init(false);
    await harness.show(adapterFile(1));
    assert.ok(await page.getByRole('button', { name: 'Analyze' }).isDisabled());
    await page.getByRole('button', { name: 'Manage Workspace Trust' }).click();
    assert.deepEqual((await harness.posted()).at(-1), { type: 'manageTrust' });
    await harness.send({ type: 'trusted' });
    assert.ok(await page.getByRole('button', { name: 'Analyze' }).isEnabled());
    assert.equal(await page.getByText('Restricted Mode').count(), 0);
  });

  it('says why a file cannot be scored, and lists its tensors all the same', async () => {
    const { page } = await open({ ...adapterFile(2), ...NO_ADAPTER });
    assert.match(await page.locator('.notice').innerText(), /Cannot be scored: A kohya adapter/);
    assert.equal(await page.getByRole('button', { name: 'Analyze' }).count(), 0);
    assert.equal((await harness.names()).length, 12);
  });

  it('says in place why a file cannot be read and what to do, and recovers', async () => {
    const { page } = await open(adapterFile(1));
    const message = 'This is a Git LFS pointer, not the weights.';
    await harness.send(
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
    assert.deepEqual((await harness.posted()).slice(-2), [{ type: 'openAsText' }, { type: 'retry' }]);
    await harness.show(adapterFile(1));
    assert.equal(await page.getByRole('alert').count(), 0);
    assert.ok(await page.getByRole('grid').isVisible());
  });

  it('shows hostile names as text, and what cannot be seen in them', async () => {
    const name = '<img src=x onerror=alert(1)>\u202Egnp.\u0000';
    const hostile = { ...adapterFile(0), tensors: [{ name, dtype: 'F32', shape: [], bytes: 4 }] };
    const { page } = await open({ ...hostile, metadata: { ['__proto__']: name, format: `pt\n${name}` } });
    assert.deepEqual(await harness.names(), ['<img src=x onerror=alert(1)>\\u{202e}gnp.\\u{0}']);
    assert.equal(await page.locator('img').count(), 0);
  });

  for (const theme of ['dark', 'light', 'hcDark'] as const) {
    it(`has nothing for axe to find, and can be looked at: ${theme}`, async () => {
      const { page } = await open(adapterFile(60), theme);
      await search(page).focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await picture(`inspector-${theme}`);
      await noViolations();
      await harness.show({
        ...adapterFile(3),
        ...NO_ADAPTER,
        metadata: { format: 'pt', config: 'x '.repeat(900) },
      });
      await picture(`inspector-${theme}-declined`);
      await noViolations();
      const message = 'The header says 392 tensors in 161,539,072 bytes, but the file ends at byte 262,144.';
      const advice = 'The download was cut short: fetch the file again.';
      await harness.send({ type: 'failed', error: { code: 'bad-safetensors', message, advice } });
      await picture(`inspector-${theme}-failed`);
      await noViolations();
    });
  }

  it('fits a narrow editor at 200 %', async () => {
    const { page } = await open(adapterFile(60));
    // Half an editor of 1000 x 640 pixels: zooming by 200 % leaves half the pixels to a page, and scales the rest.
    await page.setViewportSize({ width: 500, height: 320 });
    await picture('inspector-narrow');
    const overflow = await page.evaluate(
      `document.documentElement.scrollWidth - document.documentElement.clientWidth`,
    );
    assert.equal(overflow, 0);
  });

  async function picture(name: string): Promise<void> {
    if (SCREENSHOTS !== undefined) await harness.page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
  }

  async function noViolations(): Promise<void> {
    await harness.page.evaluate(axe.source);
    const found = await harness.page.evaluate(
      `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
        .then(({ violations }) => violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' | ')))`,
    );
    assert.deepEqual(found, []);
  }
});
