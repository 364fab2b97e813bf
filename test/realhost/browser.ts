import { chromium, type Browser } from 'playwright-core';
import type { RealHostPaths } from './install.mjs';

/** No sandbox because CI runs as root in a container; the rest keeps Chromium off the network. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser that windows open in. One serves many windows: each gets a context of its own. */
export async function launchBrowser(host: RealHostPaths): Promise<Browser> {
  return chromium.launch({ executablePath: host.chromium, args: FLAGS });
}
