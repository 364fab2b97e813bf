import type { SploraError } from '../../../../core/errors';
import type { Message } from '../../../../core/message';
import type { EndpointServer } from '../../../../protocol/evaluatorApi';
import type { ChatMessage, Continuation, ContinuationScore, Variant } from '../../types';
import type { ChatReply } from '../chatReply';
import type { EndpointClient } from '../client';

/** A question as a server of this kind wants it. */
export interface ChatRequest {
  readonly path: string;
  readonly body: object;
}

export interface ChatOptions {
  readonly maxNewTokens: number;
  /** Where the server can: the log-probability of each new token, for the self-test. */
  readonly logProbabilities?: boolean;
}

/** What `open` gets. */
export interface OpenOptions {
  readonly client: EndpointClient;
  /** As `identify` gave it. */
  readonly version: string;
  /** The aligned model, as it was named in the request. */
  readonly aligned: string;
  /** That with no adapter is the aligned model. */
  readonly variants: readonly Variant[];
  /** Names on the server by the variant's id. */
  readonly models: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A server with all variants at hand. */
export interface Served {
  /** `vLLM 0.32.0`. */
  readonly software: string;
  readonly precision: string | null;
  readonly notes: readonly Message[];
  /** Of prompt and answer together; absent: not known. */
  readonly contextTokens?: number;
  /** Tokens of a conversation up to the answer; absent where it cannot count them, undefined where it did not. */
  readonly countTokens?: (
    messages: readonly ChatMessage[],
    signal: AbortSignal,
  ) => Promise<number | undefined>;
  /** The most requests at once that do not change its answers; absent: as many as the user likes. */
  readonly concurrencyMax?: number;
  chat(variant: Variant, messages: readonly ChatMessage[], options: ChatOptions): ChatRequest;
  /** The same for an adapter that cannot exist. */
  absent(messages: readonly ChatMessage[], options: ChatOptions): ChatRequest;
  /** What the server does with `absent`: refuses it, or answers as the model alone does. */
  readonly absentIs: 'refused' | 'base';
  /** @returns undefined where it is no answer */
  read(json: unknown): ChatReply | undefined;
  /** Why a reply may be of another state of the server than was asked for; undefined: nothing speaks against it. */
  doubt?(reply: ChatReply): Message | undefined;
  /** Whether the model, not the server, is at fault: its answer is no text. Counted as an empty one. */
  isBrokenAnswer?(error: SploraError): boolean;
  readonly score?: (
    continuation: Continuation,
    variant: Variant,
    signal: AbortSignal,
  ) => Promise<ContinuationScore>;
  close(): Promise<void>;
}

/** One kind of server. */
export interface ServerKind {
  readonly id: EndpointServer;
  /** @returns its version; undefined: it is of another kind. Takes 'endpoint' errors of strange paths for a no */
  identify(client: EndpointClient, signal: AbortSignal): Promise<string | undefined>;
  /** @throws SploraError 'endpoint' or 'bad-request' where a variant is not to be had */
  open(options: OpenOptions): Promise<Served>;
}
