import type { Message } from '../core/message';
import type { OptionTable } from '../core/options';
import type { AnalysisDocument } from '../core/report/analysis';
import type { EvaluationDocument } from '../core/results/evaluation/types';
import type {
  CheckRequest,
  CheckResult,
  InspectRequest,
  InspectResult,
  RepairRequest,
  RepairResult,
} from '../protocol/engineApi';
import type { MeasureRequest } from '../protocol/evaluatorApi';

/** What tools work with. The window uses the models that the user chose there, and shows results. */
export interface Operations {
  inspect(request: InspectRequest): Promise<InspectResult>;
  /** @throws SploraError `bad-request` where a model is not given and none is known */
  analyze(request: ModelRequest): Promise<AnalysisDocument>;
  /** @throws SploraError `bad-request` where a model is not given and none is known */
  models(request: ModelRequest): Promise<{ readonly base: string; readonly aligned: string }>;
  check(request: CheckRequest): Promise<CheckResult>;
  repair(request: RepairRequest): Promise<RepairResult>;
  measure(request: MeasureRequest): Promise<EvaluationDocument>;
}

export interface ModelRequest {
  readonly adapter: string;
  readonly base?: string;
  readonly aligned?: string;
}

/** A tool that an agent calls. Both the window and `splora mcp` offer these. */
export interface AgentTool {
  readonly name: string;
  readonly title: Message;
  /** For the model: what it answers, when to use it, what it does not prove. */
  readonly description: string;
  readonly options: OptionTable<Readonly<Record<string, unknown>>>;
  /** Names of options that must be given. */
  readonly required: readonly string[];
  /** Writes files. */
  readonly writes: boolean;
  /** May send prompts to another machine, if the input names one. */
  readonly sends: boolean;
  /** What must be confirmed before the call: that it writes files, or sends prompts to another machine. Undefined: nothing. */
  confirm(input: Input): Message | undefined;
  /**
   * @returns what the model gets, as JSON: counts, names and numbers, never answers to harmful prompts
   * @throws SploraError `bad-request` for an invalid input
   */
  call(input: Input, operations: Operations): Promise<object>;
}

/** As a model wrote it: checked by the tool. */
export type Input = Readonly<Record<string, unknown>>;
