import type { Price } from '../recipe/sections/providers.js';

/** What a client has used since it was made. */
export interface Usage {
  /** Calls asked for. */
  requests: number;
  /** HTTP requests sent, retries included. */
  attempts: number;
  /** Calls that ended in an error. */
  failures: number;
  /** Calls a server answered with success: these are paid, even if the answer is of no use. */
  calls: number;
  /** As counted by the server; estimated from the text where it does not say. */
  promptTokens: number;
  completionTokens: number;
  /** Pictures received. */
  images: number;
  /** Scores received. */
  scores: number;
  /** By the recipe's prices, in their unit. */
  cost: number;
}

/** What one answered call used. */
export type Consumed = Partial<
  Pick<Usage, 'promptTokens' | 'completionTokens' | 'images' | 'scores'>
>;

/** A meter at zero. */
export function createUsage(): Usage {
  return {
    requests: 0,
    attempts: 0,
    failures: 0,
    calls: 0,
    promptTokens: 0,
    completionTokens: 0,
    images: 0,
    scores: 0,
    cost: 0,
  };
}

/** Adds one answered call. The cost is worked out from the whole counts, so that it gathers no rounding errors. */
export function addAnswered(usage: Usage, consumed: Consumed, price: Price): void {
  usage.calls += 1;
  usage.promptTokens += consumed.promptTokens ?? 0;
  usage.completionTokens += consumed.completionTokens ?? 0;
  usage.images += consumed.images ?? 0;
  usage.scores += consumed.scores ?? 0;
  usage.cost = costOf(usage, price);
}

/** What calls cost: by call, by picture drawn or scored, and by million tokens, in the unit of the prices. */
export function costOf({ calls, ...consumed }: Consumed & { calls: number }, price: Price): number {
  const { promptTokens = 0, completionTokens = 0, images = 0, scores = 0 } = consumed;
  const tokens =
    promptTokens * price.perMillionPromptTokens +
    completionTokens * price.perMillionCompletionTokens;
  return calls * price.perCall + (images + scores) * price.perImage + tokens / 1e6;
}

/** A rough count before the server has counted: four characters a token. */
export function estimateTokens(characterCount: number): number {
  return Math.ceil(characterCount / 4);
}
