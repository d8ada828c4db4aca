import type { PairRoute, PromptRow } from '../../../contracts/records.js';
import { modifierSegments } from '../../../text/modifiers.js';
import { keyOf, uniform } from '../../../text/random.js';

/** From this many modifiers a prompt counts as a good one (the y of a pair), below as a plain one (the x). Ours. */
const RICH_MODIFIERS = 3;
const ROUTE_KEY = keyOf('route');

/**
 * The way to make a pair of a row: a good prompt is captioned or summarised, a plain one improved; undefined when the
 * recipe has no way for this kind of prompt.
 *
 * Source: the paper's three routes. It does not say what tells good prompts from plain ones; the count of modifiers is ours.
 */
export function chooseRoute(
  row: Pick<PromptRow, 'id' | 'prompt'>,
  { routes, seed }: { routes: readonly PairRoute[]; seed: number },
): PairRoute | undefined {
  const isRich = modifierSegments(row.prompt).length >= RICH_MODIFIERS;
  const open = (['caption', 'summary', 'improved'] as const).filter(
    (route) => routes.includes(route) && (route === 'improved') !== isRich,
  );
  return open[Math.floor(uniform(seed, ROUTE_KEY, keyOf(row.id)) * open.length)];
}
