import type { VariantCost } from '../../src/core/results/evaluation/types';
import type { Continuation, ContinuationScore, Question, Runner } from '../../src/evaluation/runners/types';

export interface FakeRunner extends Runner {
  /** Keys that were asked, in order. */
  readonly asked: string[];
  readonly scored: string[];
  readonly closed: () => boolean;
}

export interface FakeOptions {
  /** The answer of a variant to the last message of a conversation. */
  readonly answer: (variant: string, prompt: string) => string;
  /** Called before each answer; may throw. */
  readonly before?: (index: number) => void;
  readonly costs?: ReadonlyMap<string, VariantCost>;
  /** Without log-probabilities, as some endpoints. */
  readonly noScores?: true;
}

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

/** Answers from a function; a token is a word, and the text that the variant itself gives is the probable one. */
export function fakeRunner({ answer, before, costs = new Map(), noScores }: FakeOptions): FakeRunner {
  const [asked, scored]: [string[], string[]] = [[], []];
  let closed = false;
  const answerTo = ({ variant, messages }: Question): string =>
    answer(variant, messages.at(-1)?.content ?? '');
  const scoreOf = (text: Continuation): ContinuationScore => {
    const own = words(answerTo(text));
    const tokens = words(text.text).slice(0, text.tokens);
    const isTop = tokens.map((token, at) => own[at] === token);
    return { key: text.key, isTop, logProbabilities: isTop.map((top) => (top ? -0.1 : -5)) };
  };
  return {
    record: { kind: 'onnx', software: 'fake 1.0', precision: 'float32' },
    notes: [],
    asked,
    scored,
    closed: () => closed,
    async generate(questions, { signal, maxNewTokens }, onAnswer) {
      for (const [index, question] of questions.entries()) {
        before?.(index);
        await Promise.resolve();
        if (signal.aborted) return;
        asked.push(question.key);
        const all = words(answerTo(question));
        const given = all.slice(0, maxNewTokens);
        const ended = given.length < all.length ? 'length' : 'stop';
        onAnswer({ key: question.key, text: given.join(' '), tokens: given.length, ended });
      }
    },
    ...(noScores === true
      ? {}
      : {
          score: (
            texts: readonly Continuation[],
            _options: unknown,
            onScore: (score: ContinuationScore) => void,
          ) => {
            for (const text of texts) {
              scored.push(text.key);
              onScore(scoreOf(text));
            }
            return Promise.resolve();
          },
        }),
    costs: () => Promise.resolve(costs),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}
