import { join } from 'node:path';
import { startInstallation } from '../../chaos/installation.js';
import { readCounts, runCollection, totalOf } from './run-collection.js';

const cap = 1000;

/** A collection with a cap, one more under the same cap, then one without: calls after each. */
export async function measureBudget(folder: string): Promise<string> {
  const installation = await startInstallation(join(folder, 'budget'), 1);
  const recipe = (calls: number | null) => ({
    name: 'budget',
    collect: { maxRows: 4000, shares: { caption: 0, summary: 0.8, improved: 0.2 } },
    providers: { chat: { budget: { calls } } },
  });
  const failureOf = async (id: string, calls: number): Promise<string> => {
    try {
      await runCollection(installation, id, recipe(calls));
      throw new Error('The collection ended within its budget.');
    } catch (error) {
      let cause: unknown = error;
      while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
      return (cause as Error).message;
    }
  };
  try {
    const message = await failureOf('capped', cap);
    const first = totalOf((await readCounts(installation)).answered);
    await failureOf('capped-again', cap);
    const second = totalOf((await readCounts(installation)).answered);
    const whole = await runCollection(installation, 'raised', recipe(null));
    const counts = await readCounts(installation);
    return `A cap of ${cap} calls stopped at ${first} with "${message}" A second run under the same cap made ${second - first} more; without a cap ${totalOf(counts.answered) - second} more made ${whole.card.pairs.total} pairs, ${totalOf(counts.repeated)} calls repeated.`;
  } finally {
    await installation.stop();
  }
}
