// The README as the extension's own page in VS Code shows it: that page has no folder that a relative address could mean
// and opens nothing but https and mailto; its sanitizer takes pictures from http and https alone, so not as data either.
const PICTURE = /^!\[[^\]]*\]\(([^)\s]+)\)\n\n/gm;
const LINK = /(?<!!)\[([^\]]*)\]\(([^)\s]+)\)/g;
const ABSOLUTE = /^(https?:|mailto:|#)/;

/**
 * @param {string} text Markdown
 * @returns {string} the same without the pictures beside it, and with the names of files instead of links to them
 */
export function packagedReadme(text) {
  const kept = text.replace(PICTURE, (picture, address) => (ABSOLUTE.test(address) ? picture : ''));
  return kept.replace(LINK, (link, title, address) => (ABSOLUTE.test(address) ? link : title));
}
