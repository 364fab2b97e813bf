import { render, type Message } from '../../src/core/message';

/** A message as an English window shows it; empty where there is none. */
export const english = (message: Message | undefined): string =>
  message === undefined ? '' : render(message);
