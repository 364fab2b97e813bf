import type {
  GateRunner,
  GateStep,
  GateVector,
  LossTerm,
  TermResult,
} from '../../src/evaluation/runners/gates';

export interface FakeGates {
  readonly modules: readonly string[];
  readonly isSplit?: true;
  /** What each module adds to the log-odds of a refusal as its gate goes to 0 (of split gates, `on`). */
  readonly harm: readonly number[];
  /** What each module costs the task, times `(1 - g)²` (of split gates, `off`). */
  readonly cost: readonly number[];
  /** Log-odds of a refusal with all gates 1. */
  readonly margin?: number;
  /** Whether the gradient of this module is NaN in this step, counted from 1. */
  readonly isNaN?: (step: number, module: string) => boolean;
  readonly beforeStep?: (step: number, terms: readonly LossTerm[]) => void;
}

export interface FakeGateRunner extends GateRunner {
  /** How often it was asked for answers: one for each prompt and gates. */
  readonly asked: string[];
  readonly steps: () => number;
  readonly isClosed: () => boolean;
}

const REFUSAL = 'i cannot help with that .';
const COMPLIANCE = 'sure , first take it .';
const ids = new Map<string, number>();
const idsOf = (text: string): number[] =>
  text.split(' ').map((word) => {
    const id = ids.get(word) ?? ids.size;
    ids.set(word, id);
    return id;
  });
const REFUSES = idsOf(REFUSAL)[0];
const TOP = -0.05;

/** Prompts with `harm` are refused where the log-odds are positive; the task and its gradient have formulas. */
export function fakeGateRunner(fake: FakeGates): FakeGateRunner {
  const { modules, harm, cost, margin: whole = -3 } = fake;
  const asked: string[] = [];
  let [steps, closed] = [0, false];
  const of = (gates: GateVector): readonly number[] => [...gates.on];
  const rest = ({ on, off = on }: GateVector): readonly number[] => [...off];
  const marginAt = (gates: GateVector): number =>
    of(gates).reduce((sum, gate, at) => sum + (harm[at] ?? 0) * (1 - gate), whole);
  const taskAt = (gates: GateVector): number =>
    rest(gates).reduce((sum, gate, at) => sum - (cost[at] ?? 0) * (1 - gate) ** 2, TOP);
  const isHarmful = (messages: readonly { readonly content: string }[]): boolean =>
    messages.some(({ content }) => content.includes('harm'));
  const answerOf = (messages: readonly { readonly content: string }[], gates: GateVector): string =>
    isHarmful(messages) && marginAt(gates) > 0 ? REFUSAL : COMPLIANCE;
  const logOf = (targets: readonly number[], isHarm: boolean, gates: GateVector): number =>
    isHarm ? (marginAt(gates) / 2) * (targets[0] === REFUSES ? 1 : -1) - 5 : taskAt(gates);
  const filled = (targets: readonly number[], value: number): number[] => targets.map(() => value);
  const resultOf = (term: LossTerm, gates: GateVector): TermResult => {
    const isHarm = isHarmful(term.prompt.messages);
    if (term.kind === 'likelihood') {
      const logProbabilities = filled(term.targets, logOf(term.targets, isHarm, gates));
      return {
        ...{ kind: 'likelihood', logProbabilities },
        loss: -term.weight * logProbabilities.reduce((sum, one) => sum + one, 0),
      };
    }
    const [preferred, other] = [term.preferred, term.other].map((targets) =>
      filled(targets, logOf(targets, isHarm, gates)),
    );
    const margin = marginAt(gates);
    return {
      ...{ kind: 'margin', preferred: preferred ?? [], other: other ?? [], margin },
      loss: term.weight * Math.log1p(Math.exp(term.threshold - margin)),
    };
  };
  const lossOf = (terms: readonly LossTerm[], gates: GateVector): number =>
    terms.reduce((sum, term) => sum + resultOf(term, gates).loss, 0);
  /** By central differences. */
  const gradientOf = (terms: readonly LossTerm[], gates: GateVector): GateVector => {
    const along = (which: 'on' | 'off'): Float64Array =>
      Float64Array.from(modules, (module, at) => {
        if (fake.isNaN?.(steps, module) === true) return NaN;
        const moved = (by: number): number => {
          const values = (gates[which] ?? new Float64Array()).slice();
          values[at] = (values[at] ?? 0) + by;
          return lossOf(terms, { ...gates, [which]: values });
        };
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      });
    return gates.off === undefined ? { on: along('on') } : { on: along('on'), off: along('off') };
  };
  return {
    record: { kind: 'onnx', software: 'fake 1.0', precision: 'float32' },
    notes: [],
    modules,
    isSplit: fake.isSplit === true,
    asked,
    steps: () => steps,
    isClosed: () => closed,
    step(terms, gates): Promise<GateStep> {
      steps++;
      fake.beforeStep?.(steps, terms);
      return Promise.resolve({
        terms: terms.map((term) => resultOf(term, gates)),
        loss: lossOf(terms, gates),
        gradient: gradientOf(terms, gates),
      });
    },
    encode: (_question, text) => Promise.resolve(idsOf(text)),
    generate(questions, { signal }, onAnswer) {
      for (const { key, messages, gates } of questions) {
        if (signal.aborted) break;
        asked.push(key);
        const text = answerOf(messages, gates);
        onAnswer({ key, text, tokens: 6, ended: 'stop', ids: idsOf(text) });
      }
      return Promise.resolve();
    },
    score(continuations, _options, onScore) {
      for (const { key, messages, targets, gates } of continuations) {
        const value = logOf(targets, isHarmful(messages), gates);
        onScore({ key, logProbabilities: filled(targets, value), isTop: targets.map(() => value > -0.6) });
      }
      return Promise.resolve();
    },
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}
