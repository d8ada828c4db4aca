import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startInstallation } from '../../chaos/installation.js';
import { writeDiffusionDb } from '../../support/made-up/diffusiondb/write-metadata.js';
import { faultyProviders } from './faulty-providers.js';
import { readCounts, runCollection, totalOf } from './run-collection.js';

const rowCount = 200_000;
const killCount = 5;
/** Calls under way at once, of all shards: `rowsPerCall` of collect-shard times the concurrency. */
const mostInFlight = 3 * 64;

/** 200,000 rows undisturbed and with the collecting worker killed five times on the way: digest and repeated calls. */
export async function measureKills(folder: string): Promise<string> {
  const path = join(folder, 'metadata.parquet');
  writeDiffusionDb({ path, rowCount, seed: 1 });
  const recipe = { name: 'kills', collect: { sources: [path] }, providers: faultyProviders };
  const calm = await startInstallation(join(folder, 'calm'), 1);
  let undisturbed;
  let baseline;
  try {
    undisturbed = await runCollection(calm, 'kills', recipe);
    baseline = totalOf((await readCounts(calm)).repeated);
  } finally {
    await calm.stop();
  }
  const installation = await startInstallation(join(folder, 'killed'), 1);
  try {
    const running = runCollection(installation, 'kills', recipe);
    const over = running.then(
      () => true,
      () => true,
    );
    let kills = 0;
    const pause = (undisturbed.seconds * 1000) / (killCount + 1);
    while (kills < killCount) {
      if (await Promise.race([over, sleep(pause, false)])) break;
      await installation.worker.kill(1000);
      kills += 1;
      await installation.worker.untilReady();
    }
    const killed = await running;
    const counts = await readCounts(installation);
    const repeated = totalOf(counts.repeated) - baseline;
    const { card } = undisturbed;
    const dropped = card.filters.reduce((sum, filter) => sum + filter.dropped, 0);
    return [
      `${rowCount.toLocaleString('en')} rows, simulator with 2 % faults: ${card.pairs.total.toLocaleString('en')} pairs in ${undisturbed.seconds.toFixed(0)} s; ${card.rows.read} read = ${card.pairs.total} kept + ${dropped} dropped + ${card.quarantine.count} quarantined; peak memory of the worker ${undisturbed.peakMiB.worker.toFixed(0)} MiB, of the simulator ${undisturbed.peakMiB.simulator.toFixed(0)} MiB; at most ${undisturbed.events} events.`,
      '',
      `The worker killed ${kills} times on the way: ${killed.seconds.toFixed(0)} s, ${killed.digest === undisturbed.digest ? 'the same digest' : 'ANOTHER DIGEST'}; ${repeated} of ${totalOf(counts.answered)} answered calls were repetitions, at most ${kills * mostInFlight} were in flight at the kills.`,
    ].join('\n');
  } finally {
    await installation.stop();
  }
}
