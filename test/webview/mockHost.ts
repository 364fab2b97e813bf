import type { Page } from 'playwright-core';
import type { SelectionOptions } from '../../src/core/selection/types';
import { Measurements } from '../../src/host/behavior/measurements';
import { Repairs } from '../../src/host/repair/repairs';
import { PanelSession } from '../../src/host/panel/session';
import type { CheckResult } from '../../src/protocol/engineApi';
import type { HostToPanel } from '../../src/protocol/panel';
import { adapterStore } from '../support/adapterStore';
import { notedActions } from '../support/panelActions';
import { sendTo } from './harness';

export const ADAPTER = '/home/ann/runs/support-bot-lora/adapter_model.safetensors';

/** The host's side of one page, with the real store and session; only VS Code is missing. */
export class MockHost {
  readonly measurements = new Measurements();
  readonly repairs = new Repairs();
  readonly store = adapterStore({ defaults: () => this.defaults });
  defaults: Omit<SelectionOptions, 'pins'> = { rule: { kind: 'top', k: 10 }, rankBy: 'ediemIqr' };
  /** Actions that the page asked for, in order. */
  readonly asked: string[] = [];
  readonly errors: unknown[] = [];
  trusted = true;
  /** What the engine answers to a load check. */
  checkLoad: () => Promise<CheckResult> = () => Promise.reject(new Error('no check in this test'));
  /** What is sent to the page arrives only after this: a slow connection. */
  slow: Promise<unknown> = Promise.resolve();
  readonly #page: Page;
  readonly session: PanelSession;

  constructor(page: Page, translations: Readonly<Record<string, string>> = {}) {
    this.#page = page;
    this.session = new PanelSession({
      store: this.store,
      actions: notedActions(
        {
          checkLoad: () => {
            this.#note('checkLoad');
            return this.checkLoad();
          },
          explain: (term) => this.#note('explain', term),
        },
        (name, detail) => this.#note(name, detail),
      ),
      post: (message) => this.#post(message),
      measurements: this.measurements,
      repairs: this.repairs,
      trusted: () => this.trusted,
      scale: () => 'effective',
      translate: (english) => english,
      shownPath: String,
      onError: (thrown) => this.errors.push(thrown),
      init: {
        type: 'init',
        adapter: ADAPTER,
        title: 'support-bot-lora',
        path: 'runs/support-bot-lora/adapter_model.safetensors',
        translations,
      },
    });
  }

  #note(name: string, detail?: unknown): void {
    this.asked.push(detail === undefined ? name : `${name} ${JSON.stringify(detail)}`);
  }

  async #post(message: HostToPanel): Promise<void> {
    await this.slow;
    if (this.#page.isClosed()) return;
    await sendTo(this.#page, message).catch((thrown: unknown) => {
      // A test may end while the store still has news.
      if (!this.#page.isClosed() && !String(thrown).includes('closed')) throw thrown;
    });
  }
}
