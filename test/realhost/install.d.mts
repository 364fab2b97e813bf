/** Types of install.mjs, which is plain JavaScript because it runs before anything is installed. */

/** Where the parts of the real host lie. */
export interface RealHostPaths {
  /** The Node 24 binary that runs the server. */
  readonly node: string;
  /** code-server's entry script. */
  readonly codeServer: string;
  /** The browser that serves as the window. */
  readonly chromium: string;
  /** The folder of this harness. */
  readonly harness: string;
  /** The folder that the server was installed into. */
  readonly cache: string;
}

export type InstallResult =
  { readonly ok: true; readonly paths: RealHostPaths } | { readonly ok: false; readonly reason: string };

/** The browser that serves as the window, where one is installed. */
export function findBrowser(): string | undefined;

/**
 * Makes sure that the real host is there; a second call finds it and returns at once.
 * `ok: false` when this machine cannot have one. An installation that was begun and failed throws.
 */
export function installRealHost(options?: { log?: (line: string) => void }): Promise<InstallResult>;
