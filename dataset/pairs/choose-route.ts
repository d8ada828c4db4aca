import type { CollectSettings } from '../../recipe/sections/collect.js';
import type { PromptRow } from '../../contracts/records.js';
import type { PairRoute } from '../../recipe/stage.js';
import { modifierSegments } from '../../text/modifiers.js';
import { keyOf, uniform } from '../../text/random.js';

/** From this many modifiers a prompt counts as a good one (the y of a pair), below as a plain one (the x). Ours. */
const RICH_MODIFIERS = 3;
const ROUTE_KEY = keyOf('route');
const SHARE_KEY = keyOf('share of a route');

type Row = Pick<PromptRow, 'id' | 'prompt'>;
type RouteSettings = Pick<CollectSettings, 'routes' | 'shares'>;

/** True for a good prompt: it is captioned or summarised; a plain one is improved. */
export function isRich({ prompt }: Pick<PromptRow, 'prompt'>): boolean {
  return modifierSegments(prompt).length >= RICH_MODIFIERS;
}

/** How many rows of each kind there are. */
export interface RowCounts {
  rich: number;
  plain: number;
}

/**
 * A function that says how a pair is made of a row, or why none is.
 *
 * Without shares every row is used, a good one captioned or summarised by equal chance. With shares, as many rows as can
 * be are used so that the three kinds stand in that proportion; which rows is drawn by their ids.
 * Source: the paper's three routes. It does not say what tells good prompts from plain ones; the count of modifiers is ours.
 */
export function createRouteChooser(
  { routes, shares }: RouteSettings,
  counts: RowCounts,
  seed: number,
): (row: Row) => { route: PairRoute } | { reason: string } {
  const weight = (route: PairRoute): number =>
    routes.includes(route) ? (shares?.[route] ?? 1) : 0;
  const [caption, summary, improved] = [weight('caption'), weight('summary'), weight('improved')];
  const total = caption + summary + improved;
  const possible = (count: number, own: number): number =>
    own === 0 ? Infinity : (count * total) / own;
  const pairCount = Math.min(
    possible(counts.rich, caption + summary),
    possible(counts.plain, improved),
  );
  const keptShare = (count: number, own: number): number =>
    shares === null ? 1 : (pairCount * own) / (total * Math.max(1, count));
  const kept = {
    rich: keptShare(counts.rich, caption + summary),
    plain: keptShare(counts.plain, improved),
  };
  return (row) => {
    const rich = isRich(row);
    const own = rich ? caption + summary : improved;
    if (own === 0) return { reason: 'no route for this kind of prompt' };
    const key = keyOf(row.id);
    if (uniform(seed, SHARE_KEY, key) >= kept[rich ? 'rich' : 'plain']) {
      return { reason: 'beyond the share of its route' };
    }
    if (!rich) return { route: 'improved' };
    return { route: uniform(seed, ROUTE_KEY, key) * own < caption ? 'caption' : 'summary' };
  };
}
