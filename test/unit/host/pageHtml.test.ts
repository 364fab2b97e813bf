import assert from 'node:assert/strict';
import { pageHtml } from '../../../src/host/pageHtml';

describe('pageHtml', () => {
  const html = pageHtml({
    cspSource: 'https://*.example',
    nonce: 'n0nce',
    script: 'https://x/main.js?a=1&b="',
    style: 'https://x/main.css',
    language: 'de',
  });

  it('allows one script and our style sheets, and nothing else', () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1];
    assert.equal(
      policy,
      "default-src 'none'; style-src https://*.example 'nonce-n0nce'; script-src 'nonce-n0nce'; base-uri 'none'; form-action 'none'",
    );
    assert.equal(html.match(/<script/g)?.length, 1);
  });

  it('escapes what it is given', () => {
    assert.ok(html.includes('src="https://x/main.js?a=1&amp;b=&quot;"'));
  });
});
