import type { DataCard, ProviderCost } from '../../contracts/data-card.js';
import { splits, type PromptPair, type RejectedRow, type Split } from '../../contracts/records.js';
import { pairRoutes, type PairRoute } from '../../recipe/stage.js';
import { modifierSegments } from '../../text/modifiers.js';
import { contentKept, words } from '../../text/words.js';
import { reasonKey } from '../filter/clean-rows.js';
import { Accounts } from './accounts.js';
import { countFrequentItems } from './frequent-items.js';
import { maskSample, sampleRows, type RowSample } from './sample-rows.js';
import { countValues, type ValueCounts } from './value-counts.js';

const SAMPLES_PER_FILTER = 5;
const QUARANTINE_SAMPLES = 10;
const TOP_MODIFIERS = 50;
/** Shares of content kept: fine enough for the mean of any number of pairs. */
const SHARE_SCALE = 1e6;

/** What is known of a collection before its rows are counted. */
export interface CardFacts extends Pick<
  DataCard,
  'sources' | 'licence' | 'settings' | 'simulated'
> {
  /** Rows that passed the filters on prompts. */
  cleanRows: number;
  /** Of these, rows that near repetitions may have slipped past: see `DuplicateIndex`. */
  crowdedRows?: number;
  /** Names of the filters in the order in which rows meet them; one that is not named stands at the end. */
  filters: readonly string[];
}

/** What answers of one provider have cost; absent counts are 0. */
export type CountedCost = Partial<ProviderCost>;

/** Gathers a data card row by row; its memory does not grow with the rows. */
export interface CardBuilder {
  countRead(rowCount: number): void;
  /** Prompts of training rows that are kept as they are. */
  countTrainPrompts(promptCount: number): void;
  drop(filter: string, row: RejectedRow): void;
  /** A row that failed for good. */
  quarantine(row: RejectedRow): void;
  keep(pair: PromptPair, split: Split): void;
  /** By provider; adds to what was spent before. */
  spend(usage: Readonly<Record<string, CountedCost | undefined>>): void;
  /** @throws AccountsDifferError unless rows read = kept + dropped + quarantined. */
  finish(): DataCard;
}

/** A builder of the data card; the same rows give the same card whatever their order, if the modifiers' counts are exact. */
// eslint-disable-next-line max-lines-per-function -- one short method for each kind of row over the same counts, and the card in the order of its fields
export function createCardBuilder(facts: CardFacts): CardBuilder {
  const accounts = new Accounts(facts.filters);
  const lengths = {
    words: { x: countValues(), y: countValues() },
    characters: { x: countValues(), y: countValues() },
  };
  const shares = countValues(SHARE_SCALE);
  const modifiers = countFrequentItems();
  const routesBySplit = tally(splits, () => tally(pairRoutes, () => 0));
  const samples = new Map<string, RowSample>();
  const quarantined = {
    byReason: new Map<string, number>(),
    sample: sampleRows(QUARANTINE_SAMPLES),
  };
  const cost = new Map<string, ProviderCost>();
  let trainPrompts = 0;

  const sampleOf = (filter: string) =>
    getOrMake(samples, filter, () => sampleRows(SAMPLES_PER_FILTER));

  return {
    countRead(rowCount) {
      accounts.read += rowCount;
    },
    countTrainPrompts(promptCount) {
      trainPrompts += promptCount;
    },
    drop(filter, row) {
      accounts.drop(filter);
      sampleOf(filter).add(row);
    },
    quarantine(row) {
      const reason = reasonKey(row.reason);
      accounts.quarantined += 1;
      quarantined.byReason.set(reason, (quarantined.byReason.get(reason) ?? 0) + 1);
      quarantined.sample.add(row);
    },
    keep(pair, split) {
      accounts.kept += 1;
      routesBySplit[split][pair.route] += 1;
      for (const side of ['x', 'y'] as const) {
        lengths.words[side].add(words(pair[side]).length);
        lengths.characters[side].add([...pair[side]].length);
      }
      shares.add(contentKept(pair.x, pair.y));
      for (const modifier of modifierSegments(pair.y)) modifiers.add(modifier);
    },
    spend(usage) {
      for (const [provider, spent] of Object.entries(usage)) {
        if (spent === undefined) continue;
        const total = getOrMake(cost, provider, emptyCost);
        for (const key of Object.keys(total) as (keyof ProviderCost)[]) {
          total[key] += spent[key] ?? 0;
        }
      }
    },
    finish() {
      const { filters, dropped, duplicates } = accounts.close();
      const top = modifiers.top(TOP_MODIFIERS);
      const describeBoth = ({ x, y }: Record<'x' | 'y', ValueCounts>) => ({
        x: x.describe(),
        y: y.describe(),
      });
      return {
        version: 3,
        sources: facts.sources,
        licence: facts.licence,
        settings: facts.settings,
        simulated: [...facts.simulated].sort(),
        rows: {
          read: accounts.read,
          clean: facts.cleanRows,
          crowded: facts.crowdedRows ?? 0,
          trainPrompts,
        },
        filters,
        quarantine: {
          count: accounts.quarantined,
          byReason: sortedRecord(quarantined.byReason),
          samples: quarantined.sample.rows().map((row) => maskSample('', row)),
        },
        rejected: sortedRecord([...dropped, ...quarantined.byReason]),
        duplicates,
        pairs: countPairs(routesBySplit),
        words: describeBoth(lengths.words),
        characters: describeBoth(lengths.characters),
        scores: {},
        contentKept: shares.describe().mean,
        modifiers: {
          top: top.items.map(({ item, count }) => ({ modifier: item, count })),
          shortBy: top.shortBy,
        },
        cost: sortedRecord([...cost].map(([name, spent]) => [name, inMillionths(spent)])),
        samples: sortedRecord(
          [...samples].map(([filter, sample]) => [
            filter,
            sample.rows().map((row) => maskSample(filter, row)),
          ]),
        ),
      };
    },
  };
}

function countPairs(routesBySplit: Record<Split, Record<PairRoute, number>>): DataCard['pairs'] {
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const bySplit = tally(splits, (split) => sum(Object.values(routesBySplit[split])));
  return {
    total: sum(Object.values(bySplit)),
    bySplit,
    byRoute: tally(pairRoutes, (route) => sum(splits.map((split) => routesBySplit[split][route]))),
    routesBySplit,
  };
}

/** The cost without what adding fractions in another order would change. */
function inMillionths(spent: ProviderCost): ProviderCost {
  return { ...spent, cost: Math.round(spent.cost * 1e6) / 1e6 };
}

function emptyCost(): ProviderCost {
  return { calls: 0, promptTokens: 0, completionTokens: 0, images: 0, scores: 0, cost: 0 };
}

function tally<Key extends string, Value>(
  keys: readonly Key[],
  valueOf: (key: Key) => Value,
): Record<Key, Value> {
  return Object.fromEntries(keys.map((key) => [key, valueOf(key)])) as Record<Key, Value>;
}

function sortedRecord<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function getOrMake<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
