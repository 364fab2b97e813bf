import type * as vscode from 'vscode';
import { parseEndpointUrl, type EndpointUrl } from '../../core/endpointUrl';

const RECENT = 'endpoints';
const MAX_RECENT = 8;

/** An endpoint as the user typed it. */
export interface Endpoint extends Pick<EndpointUrl, 'host' | 'origin' | 'isThisMachine'> {
  readonly url: string;
}

/** @throws SploraError `bad-request` for what is no plain http or https URL */
export function parseEndpoint(typed: string): Endpoint {
  const { base, host, origin, isThisMachine } = parseEndpointUrl(typed.trim());
  return { url: base.href, host, origin, isThisMachine };
}

/**
 * The endpoints that the user named, newest first, and their keys. Kept for the user and not for the workspace: a folder of
 * a stranger must not be able to send prompts anywhere.
 */
export class Endpoints {
  constructor(
    private readonly memento: vscode.Memento,
    private readonly secrets: Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'>,
  ) {}

  /** What an earlier version wrote may have another shape. */
  get recent(): readonly string[] {
    const kept = this.memento.get<unknown>(RECENT);
    if (!Array.isArray(kept)) return [];
    return (kept as readonly unknown[]).filter(
      (url): url is string => typeof url === 'string' && URL.canParse(url),
    );
  }

  /** Whether the user has confirmed that prompts are sent there. */
  isConfirmed(endpoint: Endpoint): boolean {
    return endpoint.isThisMachine || this.isKnown(endpoint);
  }

  /** Whether the user has named this server before. */
  isKnown({ origin }: Endpoint): boolean {
    return this.recent.some((url) => new URL(url).origin === origin);
  }

  /** Keeps a confirmed endpoint as the newest one. */
  async keep({ url }: Endpoint): Promise<void> {
    const others = this.recent.filter((one) => one !== url);
    await this.memento.update(RECENT, [url, ...others].slice(0, MAX_RECENT));
  }

  key({ origin }: Endpoint): Thenable<string | undefined> {
    return this.secrets.get(secretName(origin));
  }

  /** @param key empty: deletes the one that is kept */
  async setKey({ origin }: Endpoint, key: string): Promise<void> {
    if (key === '') await this.secrets.delete(secretName(origin));
    else await this.secrets.store(secretName(origin), key);
  }
}

function secretName(origin: string): string {
  return `endpoint:${origin}`;
}
