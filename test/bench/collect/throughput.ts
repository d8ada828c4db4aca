import { join } from 'node:path';
import { startInstallation } from '../../chaos/installation.js';
import { writeDiffusionDb } from '../../support/made-up/diffusiondb/write-metadata.js';
import { processorSeconds, readCounts, runCollection, totalOf } from './run-collection.js';

const rowCount = 50_000;
const warmUpRows = 500;
const latencyMs = 50;
const concurrency = 64;

/** How close a collection comes to the rate that its provider allows, and what Burnish itself computes for a row. */
export async function measureThroughput(folder: string): Promise<string> {
  const path = join(folder, 'metadata.parquet');
  writeDiffusionDb({ path, rowCount, seed: 1 });
  const lines: string[] = [];
  for (const workerCount of [1, 2]) lines.push(await measureWith(workerCount, { folder, path }));
  return lines.join('\n\n');
}

async function measureWith(
  workerCount: number,
  { folder, path }: { folder: string; path: string },
): Promise<string> {
  const installation = await startInstallation(join(folder, `workers-${workerCount}`), 1, {
    direct: true,
  });
  try {
    const workers = [installation.worker];
    for (let more = 1; more < workerCount; more += 1) {
      const worker = installation.addWorker(`worker-${more + 1}`);
      await worker.untilReady();
      workers.push(worker);
    }
    const collect = { sources: [path], shares: { caption: 0, summary: 0.8, improved: 0.2 } };
    const recipe = {
      name: 'throughput',
      collect,
      providers: {
        chat: { concurrency },
        simulator: { latency: { medianMs: latencyMs, p95Ms: latencyMs } },
      },
    };
    // The simulator reads what it knows at the first question.
    const few = { ...recipe, name: 'warm-up', collect: { ...collect, maxRows: warmUpRows } };
    await runCollection(installation, 'warm-up', few);
    const callsBefore = totalOf((await readCounts(installation)).answered);
    const used = (): number => workers.reduce((sum, { pid }) => sum + processorSeconds(pid), 0);
    const before = used();
    const run = await runCollection(installation, 'throughput', recipe);
    const spent = used() - before;
    const calls = totalOf((await readCounts(installation)).answered) - callsBefore;
    const ideal = (concurrency * 1000) / latencyMs;
    const rate = calls / run.askingSeconds;
    return `${workerCount === 1 ? 'One worker process' : `${workerCount} worker processes`}: ${calls.toLocaleString('en')} calls of ${latencyMs} ms at concurrency ${concurrency}, ${rate.toFixed(0)} a second while shards were asked for, ${((100 * rate) / ideal).toFixed(0)} % of the ideal ${ideal}; ${run.seconds.toFixed(0)} s in all. Burnish computed ${((1000 * spent) / rowCount).toFixed(2)} ms a row read (plan, asking, merge); the simulator, the store and Temporal share the machine.`;
  } finally {
    await installation.stop();
  }
}
