import assert from 'node:assert/strict';
import { inspectorHtml } from '../../../../src/host/editor/inspectorHtml';

const shell = {
  cspSource: 'https://*.vscode-cdn.net',
  nonce: 'bm9uY2U',
  script: 'https://x/inspector.js',
  style: 'https://x/inspector.css',
  language: 'en',
  title: 'a.safetensors',
};

describe('inspectorHtml', () => {
  it('allows one script, our styles, and nothing else', () => {
    const policy = /content="(default-src[^"]*)"/.exec(inspectorHtml(shell))?.[1];
    assert.equal(
      policy,
      'default-src &#39;none&#39;; script-src &#39;nonce-bm9uY2U&#39;; style-src https://*.vscode-cdn.net',
    );
  });
  it('holds no data but an escaped title', () => {
    const html = inspectorHtml({ ...shell, title: '</title><script>alert(1)</script>"' });
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.match(html, /<main id="root"><\/main>/);
  });
});
