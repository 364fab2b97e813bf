import assert from 'node:assert/strict';
import { Endpoints, parseEndpoint } from '../../../../src/host/behavior/endpoints';
import { memento } from '../../../support/memento';
import { thrownData } from '../../../support/rejection';

function secrets() {
  const kept = new Map<string, string>();
  return {
    kept,
    get: (name: string) => Promise.resolve(kept.get(name)),
    store: (name: string, value: string) => Promise.resolve(void kept.set(name, value)),
    delete: (name: string) => Promise.resolve(void kept.delete(name)),
  };
}

describe('the address of an endpoint', () => {
  it('on this machine needs no confirmation, in all its spellings', () => {
    for (const url of [
      'http://localhost:8000',
      'http://127.1:8000/v1/',
      'http://[::1]:8000',
      'http://0.0.0.0',
    ])
      assert.equal(parseEndpoint(url).isThisMachine, true, url);
    for (const url of [
      'https://example.com',
      'http://127.0.0.1.example.com',
      'http://10.0.0.1',
      'http://localhost.example.com',
    ])
      assert.equal(parseEndpoint(url).isThisMachine, false, url);
  });

  it('is refused if it is not a URL, or has a password in it', () => {
    thrownData(() => parseEndpoint('example'), 'bad-request', /not an http or https URL/);
    thrownData(() => parseEndpoint('http://ann:secret@example.com'), 'bad-request', /password/);
  });
});

describe('endpoints that the user named', () => {
  it('are confirmed once for each host, and come newest first', async () => {
    const store = memento();
    const endpoints = new Endpoints(store, secrets());
    const local = parseEndpoint('http://localhost:8000');
    const [one, other] = [parseEndpoint('https://one.example/v1'), parseEndpoint('https://two.example')];
    assert.equal(endpoints.isConfirmed(one), false);
    assert.deepEqual(
      [local, one].map((each) => endpoints.isKnown(each)),
      [false, false],
    );
    assert.equal(endpoints.isConfirmed(local), true);
    await endpoints.keep(one);
    await endpoints.keep(other);
    assert.deepEqual(
      [local, one].map((each) => endpoints.isKnown(each)),
      [false, true],
    );
    assert.deepEqual(endpoints.recent, ['https://two.example/', 'https://one.example/']);
    assert.equal(
      new Endpoints(store, secrets()).isConfirmed(parseEndpoint('https://one.example/other')),
      true,
    );
    assert.equal(endpoints.isConfirmed(parseEndpoint('https://one.example:444')), false);
    assert.equal(endpoints.isConfirmed(parseEndpoint('http://one.example')), false, 'another scheme');
  });

  it('have their keys in the secret storage alone', async () => {
    const store = memento();
    const kept = secrets();
    const endpoints = new Endpoints(store, kept);
    const endpoint = parseEndpoint('https://one.example');
    await endpoints.keep(endpoint);
    await endpoints.setKey(endpoint, 'sk-secret');
    assert.equal(await endpoints.key(endpoint), 'sk-secret');
    assert.doesNotMatch(JSON.stringify(store.get('endpoints')), /secret/);
    await endpoints.setKey(endpoint, '');
    assert.equal(kept.kept.size, 0);
  });

  it('are left out if another version wrote something else', () => {
    for (const value of ['x', [1, null, { url: 'https://a.example' }, 'no url'], { a: 1 }]) {
      const store = memento();
      void store.update('endpoints', value);
      assert.deepEqual(new Endpoints(store, secrets()).recent, []);
    }
  });
});
