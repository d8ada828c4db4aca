import type { Price } from '../recipe/sections/providers.js';

/** What paid calls used. */
interface Consumption {
  /** Calls a server answered with success: these are paid, even if the answer is of no use. */
  calls: number;
  promptTokens?: number;
  completionTokens?: number;
  /** Pictures received. */
  images?: number;
  /** Scores received. */
  scores?: number;
}

/** What calls cost: by call, by picture drawn or scored, and by million tokens, in the unit of the prices. */
export function costOf(consumed: Consumption, price: Price): number {
  const { calls, promptTokens = 0, completionTokens = 0, images = 0, scores = 0 } = consumed;
  const tokens =
    promptTokens * price.perMillionPromptTokens +
    completionTokens * price.perMillionCompletionTokens;
  return calls * price.perCall + (images + scores) * price.perImage + tokens / 1e6;
}
