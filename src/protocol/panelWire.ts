import type { HostToPanel } from './panel';

/**
 * A message to the page as bytes of JSON. VS Code looks at every element of a message on its way to a page, once in
 * the host and once in the window: of 10,000 modules that takes longer than all else. Bytes it hands over as they are.
 */
export function encodeMessage(message: HostToPanel): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

/** What `encodeMessage` has made; only the host of the page can send to it, so its shape is not checked again. */
export function decodeMessage(bytes: Uint8Array): HostToPanel {
  return JSON.parse(new TextDecoder().decode(bytes)) as HostToPanel;
}
