import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutMiddle, shortPath } from '../../../../src/host/models/shortPath';

const HOME = '/home/me';

describe('paths as a user reads them', () => {
  it('start from the workspace folder, else from the home folder', () => {
    const from = { roots: ['/work/space'], home: HOME };
    assert.equal(shortPath('/work/space/models/chat', from), 'models/chat');
    assert.equal(shortPath('/work/space', from), '.');
    assert.equal(shortPath('/work/space2/chat', from), '/work/space2/chat');
    assert.equal(shortPath('/home/me/models/chat', from), '~/models/chat');
    assert.equal(shortPath('/home/me/models/chat', { roots: [], home: undefined }), '/home/me/models/chat');
  });

  it('name the workspace folder where there are several', () => {
    const from = { roots: ['/work/a', '/work/b'], home: HOME };
    assert.equal(shortPath('/work/b/chat', from), 'b/chat');
  });

  it('lose their middle where they are long', () => {
    const long = `/data/${'x'.repeat(100)}/chat`;
    const shown = shortPath(long, { roots: [], home: HOME }, 40);
    assert.equal(shown.length, 40);
    assert.match(shown, /^\/data\/x+…x+\/chat$/);
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 3, max: 40 }), (text, most) => {
        const cut = cutMiddle(text, most);
        return cut.length <= most && (text.length > most || cut === text);
      }),
    );
  });
});
