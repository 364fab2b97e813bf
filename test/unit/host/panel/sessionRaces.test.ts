import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SelectionEdit } from '../../../../src/core/selection/select';
import type { Pins, Verdict } from '../../../../src/core/selection/types';
import { Measurements } from '../../../../src/host/behavior/measurements';
import { Repairs } from '../../../../src/host/repair/repairs';
import { PanelSession } from '../../../../src/host/panel/session';
import type { HostToPanel, PanelToHost } from '../../../../src/protocol/panel';
import { PageModel } from '../../../../webview/model/page';
import { adapterStore } from '../../../support/adapterStore';
import { notedActions } from '../../../support/panelActions';
import { mockDocument } from '../../../webview/mockAdapters';
import { ADAPTER, settled } from './sessionSetUp';

/** A page and its session, between which messages are under way until they are delivered. */
class Wire {
  readonly store = adapterStore({ defaults: () => ({ rule: { kind: 'top', k: 2 }, rankBy: 'ediemIqr' }) });
  readonly modules = mockDocument(14).modules.map(({ module }) => module);
  readonly #toPage: { readonly message: HostToPanel; readonly arrived: () => void }[] = [];
  readonly #toHost: PanelToHost[] = [];
  readonly page = new PageModel(
    () => undefined,
    (message) => this.#toHost.push(message),
  );
  readonly #session = new PanelSession({
    store: this.store,
    actions: notedActions({ checkLoad: () => Promise.reject(new Error('not asked for')) }, () => undefined),
    post: (message) => new Promise<void>((arrived) => void this.#toPage.push({ message, arrived })),
    init: { type: 'init', adapter: ADAPTER, title: 'a', path: 'a', translations: {} },
    measurements: new Measurements(),
    repairs: new Repairs(),
    trusted: () => true,
    scale: () => 'effective',
    translate: String,
    shownPath: String,
    onError: (thrown) => assert.fail(String(thrown)),
  });

  async open(): Promise<void> {
    this.store.setDocument(ADAPTER, mockDocument(14));
    this.#session.receive({ type: 'ready' });
    await this.deliverAll();
  }

  async deliver(to: 'page' | 'host'): Promise<void> {
    if (to === 'page') {
      const next = this.#toPage.shift();
      const { message } = next ?? {};
      if (message !== undefined && message.type !== 'init' && message.type !== 'reveal')
        this.page.apply(message);
      next?.arrived();
    } else {
      const message = this.#toHost.shift();
      if (message !== undefined) this.#session.receive(message);
    }
    await settled();
  }

  async deliverAll(): Promise<void> {
    this.page.flush();
    await settled();
    while (this.#toPage.length + this.#toHost.length > 0) {
      await this.deliver('host');
      await this.deliver('page');
    }
  }
}

type Step =
  | { readonly kind: 'deliver'; readonly to: 'page' | 'host' }
  | { readonly kind: 'edit'; readonly by: 'page' | 'tree'; readonly change: SelectionEdit }
  | {
      readonly kind: 'pin';
      readonly by: 'page' | 'tree';
      readonly place: number;
      readonly verdict: Verdict | null;
    };

const by = fc.constantFrom('page' as const, 'tree' as const);
const edits: readonly SelectionEdit[] = [
  { rule: { kind: 'threshold', threshold: 0.5 } },
  { rule: { kind: 'top', k: 5 } },
  { rankBy: 'reversal' },
  { rankBy: 'cosine' },
  { rankBy: 'ediemIqr' },
  { order: 'smallest' },
  { order: 'largest' },
];
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('deliver' as const),
      to: fc.constantFrom('page' as const, 'host' as const),
    }),
    fc.record({ kind: fc.constant('edit' as const), by, change: fc.constantFrom(...edits) }),
    fc.record({
      kind: fc.constant('pin' as const),
      by,
      // The page and the tree have modules of their own, so that it is known whose pin is to be there.
      place: fc.nat(6),
      verdict: fc.constantFrom('keep' as const, 'prune' as const, null),
    }),
  ),
  { maxLength: 30 },
);

describe('a page and the tree that change a selection at the same time', () => {
  it('end with the same selection, and with every pin', () =>
    fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const wire = new Wire();
        await wire.open();
        const expected = new Map<string, Verdict | null>();
        for (const step of taken) await take(wire, step, expected);
        await wire.deliverAll();
        const selection = wire.store.get(ADAPTER)?.selection;
        assert.ok(selection !== undefined);
        assert.deepEqual(wire.page.selection, selection);
        for (const [module, verdict] of expected) assert.equal(pinOf(selection.pins, module), verdict);
      }),
      { numRuns: 200 },
    ));
});

async function take(wire: Wire, step: Step, expected: Map<string, Verdict | null>): Promise<void> {
  if (step.kind === 'deliver') return wire.deliver(step.to);
  if (step.kind === 'edit') {
    if (step.by === 'page') wire.page.setSelection(step.change);
    else wire.store.setSelection(ADAPTER, step.change);
    return settled();
  }
  const module = wire.modules[step.by === 'page' ? step.place : step.place + 7] ?? '';
  expected.set(module, step.verdict);
  if (step.by === 'page') wire.page.pin([module], step.verdict);
  else wire.store.pin(ADAPTER, [module], step.verdict);
  return settled();
}

function pinOf({ keep, prune }: Pins, module: string): Verdict | null {
  return keep.includes(module) ? 'keep' : prune.includes(module) ? 'prune' : null;
}
