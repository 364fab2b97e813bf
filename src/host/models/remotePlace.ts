/** Folders in the root whose entries are looked up on the network (autofs, AFS, macOS), or lead back to the root (proc). */
const MACHINES = new Set(['net', 'misc', 'smb', 'cifs', 'afs', 'network', 'proc']);

/**
 * What of a path decides which machine is asked for it: a UNC path on any platform (`\\server\share`), or a folder that
 * is mounted when somebody looks (`/net/host`, autofs). Undefined for a path of this machine.
 */
export function remoteHost(place: string): string | undefined {
  const [start, first, second] = place.toLowerCase().replaceAll('\\', '/').split('/', 3);
  if (start !== '' || first === undefined) return undefined;
  // `\\?\` and `\\.\` are ways to write any path of Windows.
  if (first === '' && second !== undefined) return second === '?' || second === '.' ? place : `//${second}`;
  return MACHINES.has(first) ? `/${first}/${second ?? ''}` : undefined;
}
