import assert from 'node:assert/strict';
import path from 'node:path';
import { remoteHost } from '../../../../src/host/models/remotePlace';

describe('the machine that a path leads to', () => {
  it('is told by UNC paths and by folders that are mounted by a look', () => {
    const expected: readonly (readonly [string, string | undefined])[] = [
      ['\\\\Server\\share\\x', '//server'],
      ['//server/other', '//server'],
      [path.win32.resolve('C:\\adapters\\x', '//server/share/x'), '//server'],
      ['/net/Server/x', '/net/server'],
      ['/net', '/net/'],
      ['/Network/Servers/x', '/network/servers'],
    ];
    for (const [place, host] of expected) assert.equal(remoteHost(place), host, place);
  });

  it('is none for a path of this machine', () => {
    const here = ['C:\\net\\x', 'net/server', '/nets/x', '/home/net/x', '~/net', '', '/', 'file://server/x'];
    for (const place of here) assert.equal(remoteHost(place), undefined, place);
    assert.equal(remoteHost(path.win32.resolve('C:\\adapters\\x', '..\\..\\..\\server')), undefined);
  });

  it('is of no use to compare where a path of Windows can mean any', () => {
    assert.notEqual(remoteHost('\\\\?\\C:\\x'), remoteHost('\\\\?\\UNC\\server\\share'));
  });
});
