import { isRecord } from '../../../core/record';
import type { ChatMessage } from '../../runners/types';
import type { Fields } from './types';

export function fieldsOf(record: Readonly<Record<string, unknown>>): Fields {
  return new Map(Object.entries(record).map(([name, value]) => [name.trim().toLowerCase(), value]));
}

/** The first of these columns that has a text; numbers count as texts. */
export function textOf(row: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = row.get(name);
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return undefined;
}

const ROLES: ReadonlyMap<unknown, ChatMessage['role']> = new Map([
  ['system', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['assistant', 'assistant'],
  ['gpt', 'assistant'],
  ['model', 'assistant'],
]);

/** A conversation in the form of OpenAI (`role`, `content`) or ShareGPT (`from`, `value`); undefined: it is not one. */
export function conversationOf(value: unknown): readonly ChatMessage[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const messages: ChatMessage[] = [];
  for (const one of value as readonly unknown[]) {
    if (!isRecord(one)) return undefined;
    const role = ROLES.get(one['role'] ?? one['from']);
    const content = one['content'] ?? one['value'];
    if (role === undefined || typeof content !== 'string') return undefined;
    messages.push({ role, content });
  }
  return messages;
}

/** The conversation up to its last answer, which is the reference; undefined without an answer at its end. */
export function withReference(messages: readonly ChatMessage[]): {
  readonly messages: readonly ChatMessage[];
  readonly reference?: string;
} {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return { messages };
  return { messages: messages.slice(0, -1), reference: last.content };
}

export const userMessage = (content: string): readonly ChatMessage[] => [{ role: 'user', content }];
