import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { SploraError } from '../../src/core/errors';
import { say } from '../../src/core/message';
import { Endpoints, parseEndpoint } from '../../src/host/behavior/endpoints';
import { placeOf, withOtherKey, type Place } from '../../src/host/behavior/place';
import type { Services } from '../../src/host/services';
import { collectingLog } from '../support/log';
import { memento } from '../support/memento';
import { eventually, withStubs } from './support';

const URL = 'http://127.0.0.1:8000';
const ADAPTER = '/runs/a/adapter_model.safetensors';
const call = { caller: 'user', options: { runner: URL } } as const;

function setUp() {
  const kept = new Map<string, string>();
  const secrets = {
    get: (name: string) => Promise.resolve(kept.get(name)),
    store: (name: string, value: string) => Promise.resolve(void kept.set(name, value)),
    delete: (name: string) => Promise.resolve(void kept.delete(name)),
  };
  const globalState = memento();
  const context = { globalState, secrets };
  const services = { context, log: collectingLog().log } as unknown as Services;
  return { services, endpoints: new Endpoints(globalState, secrets) };
}

/** Types these keys in turn, and presses *Change Key…* on every error. @returns how often a key was asked for */
async function typing(keys: readonly (string | undefined)[], work: () => Promise<unknown>): Promise<number> {
  let asked = 0;
  const stubs = {
    showInputBox: () => Promise.resolve(keys[asked++]),
    showErrorMessage: (_text: string, _options: unknown, ...buttons: string[]) =>
      Promise.resolve(buttons.find((button) => button === 'Change Key…')),
  };
  await withStubs(vscode.window, stubs, work);
  return asked;
}

const keyOf = (place: Place | undefined): string | undefined => place?.env['SPLORA_ENDPOINT_KEY'];

describe('the key of an endpoint', () => {
  it('is asked for once, when the server is new, even if it needs none', async () => {
    const { services } = setUp();
    const places: (Place | undefined)[] = [];
    const work = async (): Promise<void> => {
      for (let time = 0; time < 2; time++) places.push(await placeOf(services, ADAPTER, call));
    };
    assert.equal(await typing([''], work), 1);
    assert.deepEqual(places.map(keyOf), [undefined, undefined]);
  });

  it('that the server refuses is typed again, kept, and used at once', async () => {
    const { services, endpoints } = setUp();
    const used: (string | undefined)[] = [];
    const measure = (place: Place): Promise<undefined> => {
      used.push(keyOf(place));
      if (keyOf(place) === 'right') return Promise.resolve(undefined);
      return Promise.reject(new SploraError({ code: 'endpoint-key', message: say('no') }));
    };
    const work = async (): Promise<void> => {
      const place = await placeOf(services, ADAPTER, call);
      assert.ok(place !== undefined);
      await withOtherKey(services, place, measure);
      await eventually('the measurement with the right key', () => used.length === 3);
    };
    assert.equal(await typing(['wrong', 'wrong too', 'right'], work), 3);
    assert.deepEqual(used, ['wrong', 'wrong too', 'right']);
    assert.equal(await endpoints.key(parseEndpoint(URL)), 'right');
  });

  it('changes nothing about other errors', async () => {
    const { services } = setUp();
    const place = { runner: { kind: 'onnx' }, env: {} } as const;
    const thrown = new SploraError({ code: 'endpoint', message: say('no') });
    await assert.rejects(
      withOtherKey(services, place, () => Promise.reject(thrown)),
      thrown,
    );
  });
});
