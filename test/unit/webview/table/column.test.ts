import assert from 'node:assert/strict';
import { fitting } from '../../../../webview/table/column';

describe('fitting', () => {
  const columns = [
    { id: 'place', width: 40, leaves: 0 },
    { id: 'size', width: 30, leaves: 3 },
    { id: 'cosine', width: 80, leaves: 1 },
    { id: 'norm', width: 20, leaves: 2 },
  ];
  const ids = (room: number): string =>
    fitting(columns, room)
      .map(({ id }) => id)
      .join(' ');

  it('lets columns go one by one and keeps their order', () => {
    assert.equal(ids(170), 'place size cosine norm');
    assert.equal(ids(169), 'place cosine norm');
    assert.equal(ids(139), 'place cosine');
  });

  it('lets no column in before one that matters more', () => {
    assert.equal(ids(119), 'place');
    assert.equal(ids(0), 'place');
  });
});
