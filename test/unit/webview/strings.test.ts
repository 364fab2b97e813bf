import assert from 'node:assert/strict';
import { setTranslations, STRINGS, text, translated } from '../../../webview/strings';

describe('strings of the page', () => {
  afterEach(() => setTranslations({}));

  it('are English by default, with values filled in once', () => {
    assert.equal(text('progressOf', 3, '{0}'), '3 of {0} modules');
    setTranslations({ [STRINGS.progressOf]: 'von {1} Modulen {0}' });
    assert.equal(text('progressOf', 3, 8), 'von 8 Modulen 3');
    assert.equal(translated('Cosine'), 'Cosine');
  });
});
