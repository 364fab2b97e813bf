/**
 * Which adapter a text is about, where there are several: the nearest in the folder tree first, then the active one.
 * @param place path of the text; undefined for what lies in no folder
 * @param adapters paths of weights files
 */
export function byNearness(
  place: string | undefined,
  adapters: readonly string[],
  active: string | undefined,
): readonly string[] {
  const folder = place === undefined ? [] : folderParts(place);
  const steps = new Map(adapters.map((adapter) => [adapter, distance(folder, folderParts(adapter))]));
  const rank = (adapter: string): number => (place === undefined ? 0 : (steps.get(adapter) ?? 0));
  return [...adapters].sort(
    (x, y) => rank(x) - rank(y) || Number(y === active) - Number(x === active) || (x < y ? -1 : 1),
  );
}

function folderParts(file: string): readonly string[] {
  return file.split(/[\\/]/).slice(0, -1);
}

/** Steps up and down from one folder to the other. */
function distance(from: readonly string[], to: readonly string[]): number {
  let shared = 0;
  while (shared < from.length && shared < to.length && from[shared] === to[shared]) shared += 1;
  return from.length + to.length - 2 * shared;
}
