import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { send } from '../../../../../src/evaluation/runners/endpoint/http';

describe('HTTP to a model server', () => {
  it('puts a body of many small pieces together', async () => {
    const text = 'ä1'.repeat(30_000);
    assert.deepEqual(await answerTo(text, 1_000_000), { body: text });
  });

  it('refuses a body that is above the limit only when all its pieces are added up', async () => {
    assert.deepEqual(await answerTo('1'.repeat(40_000), 39_999), { problem: 'too-large' });
    assert.deepEqual(await answerTo('1'.repeat(40_000), 40_000), { body: '1'.repeat(40_000) });
  });
});

/** What is received of a server that sends a text in chunks of one byte. */
async function answerTo(text: string, bytes: number): Promise<object> {
  const server = createServer((_request, response) => {
    for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  try {
    const answer = await send({
      method: 'GET',
      url: new URL(`http://127.0.0.1:${port}/`),
      headers: {},
      limits: { connectMs: 60_000, silentMs: 60_000, totalMs: 60_000, bytes },
      signal: new AbortController().signal,
    });
    return 'problem' in answer ? { problem: answer.problem } : { body: answer.body };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
