import { isRecord } from '../../../core/record';
import { visibleText } from '../../../core/report/escape';

/** Characters of a server's own words that are shown. */
const SHOWN_MAX = 300;

/**
 * What an error body says. Servers have five shapes: `{error: {message}}` (OpenAI, vLLM, llama.cpp), `{error: text}` (mlx_lm,
 * Ollama, TGI), `{message}` (SGLang), `{detail}` (FastAPI: a text or a list of `{msg}`), and plain text.
 */
export function errorText(body: string): string {
  const value = parsed(body);
  if (!isRecord(value)) return body.trim();
  const { error, message, detail } = value;
  const [first] = Array.isArray(detail) ? (detail as readonly unknown[]) : [];
  const candidates = [
    isRecord(error) ? error['message'] : error,
    message,
    isRecord(first) ? first['msg'] : detail,
  ];
  return candidates.find((candidate) => typeof candidate === 'string') ?? body.trim();
}

/** @returns undefined for what is no JSON */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** A server's words for a message: without the key, should it repeat it, cut, and invisible characters spelled out. */
export function shownText(text: string, key: string | undefined): string {
  return visibleText(key === undefined ? text : text.replaceAll(key, '***'), SHOWN_MAX);
}
