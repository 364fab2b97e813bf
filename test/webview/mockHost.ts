import type { Page } from 'playwright-core';
import type { SelectionOptions } from '../../src/core/selection/types';
import type { PanelActions } from '../../src/host/panel/actions';
import { PanelSession } from '../../src/host/panel/session';
import type { CheckResult } from '../../src/protocol/engineApi';
import type { HostToPanel } from '../../src/protocol/panel';
import { encodeMessage } from '../../src/protocol/panelWire';
import { adapterStore } from '../support/adapterStore';

export const ADAPTER = '/home/ann/runs/support-bot-lora/adapter_model.safetensors';

/** The host's side of one page, with the real store and session; only VS Code is missing. */
export class MockHost {
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
      actions: this.#actions(),
      post: (message) => this.#post(message),
      trusted: () => this.trusted,
      scale: () => 'effective',
      translate: (english) => english,
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

  /** Lets the page call `receive` under the name that its stand-in for VS Code uses. */
  async connect(): Promise<void> {
    await this.#page.exposeFunction('postToHost', (message: unknown) => this.session.receive(message));
  }

  #actions(): PanelActions {
    const note =
      (name: string) =>
      (_adapter?: string, detail?: unknown): void => {
        this.asked.push(detail === undefined ? name : `${name} ${JSON.stringify(detail)}`);
      };
    return {
      analyze: note('analyze'),
      cancel: note('cancel'),
      write: note('write'),
      repair: note('repair'),
      export: note('export'),
      chooseModels: note('chooseModels'),
      checkLoad: () => {
        this.asked.push('checkLoad');
        return this.checkLoad();
      },
      checkReport: note('checkReport'),
      setOptions: note('setOptions'),
      revealModule: note('revealModule'),
      openSettings: note('openSettings'),
      manageTrust: note('manageTrust'),
      showLog: note('showLog'),
    };
  }

  async #post(message: HostToPanel): Promise<void> {
    await this.slow;
    if (this.#page.isClosed()) return;
    const bytes = Buffer.from(encodeMessage(message)).toString('base64');
    const sent = this.#page.evaluate(`receiveFromHost('${bytes}')`);
    await sent.catch((thrown: unknown) => {
      // A test may end while the store still has news.
      if (!this.#page.isClosed() && !String(thrown).includes('closed')) throw thrown;
    });
  }
}
