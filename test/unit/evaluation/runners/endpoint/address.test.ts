import assert from 'node:assert/strict';
import { endpointAddress } from '../../../../../src/evaluation/runners/endpoint/address';
import { thrownData } from '../../../../support/rejection';

describe('the address of an endpoint', () => {
  it('is taken with or without /v1, and keeps another path', () => {
    for (const url of ['http://127.0.0.1:8000', 'http://127.0.0.1:8000/', 'http://127.0.0.1:8000/v1/'])
      assert.equal(endpointAddress(url, undefined).base.href, 'http://127.0.0.1:8000/');
    const { base, origin } = endpointAddress('http://localhost:8000/model/v1', undefined);
    assert.deepEqual([base.href, origin], ['http://localhost:8000/model/', 'http://localhost:8000']);
  });

  it('is this machine in every spelling of loopback, and where a server listens at all addresses', () => {
    for (const host of [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '127.8.9.10',
      '[::1]',
      'LOCALHOST',
      '0.0.0.0',
      '[::]',
    ])
      assert.ok(endpointAddress(`http://${host}:1234`, undefined).isThisMachine, host);
  });

  it('is refused for another machine until that very host was confirmed', () => {
    for (const host of [
      'example.com',
      '127.0.0.1.example.com',
      '10.0.0.1',
      'localhost.example.com',
      '[::2]',
    ]) {
      const url = `https://${host}/v1`;
      const { advice } = thrownData(() => endpointAddress(url, undefined), 'bad-request', /not confirmed/);
      assert.ok(advice);
      thrownData(() => endpointAddress(url, 'example.org'), 'bad-request', /not confirmed/);
      assert.equal(endpointAddress(url, host).isThisMachine, false);
    }
    thrownData(() => endpointAddress('http://example.com:81', 'example.com:80'), 'bad-request');
    assert.equal(endpointAddress('http://example.com:81', 'example.com:81').base.port, '81');
  });

  it('must be a plain http or https URL without a password, query or fragment', () => {
    for (const url of ['', 'localhost:8000', 'file:///etc', 'ftp://127.0.0.1', `http://${'a'.repeat(5000)}`])
      thrownData(() => endpointAddress(url, undefined), 'bad-request', /not an http/);
    const { message } = thrownData(
      () => endpointAddress('http://u:secret@127.0.0.1', undefined),
      'bad-request',
    );
    assert.doesNotMatch(JSON.stringify(message), /secret/);
    thrownData(() => endpointAddress('http://127.0.0.1/?key=1', undefined), 'bad-request', /query/);
  });
});
