import { join } from 'node:path';
import { startInstallation } from '../../chaos/installation.js';
import { writeDiffusionDb } from '../../support/diffusiondb/write-metadata.js';
import { processorSeconds, readCounts, runCollection, totalOf } from './run-collection.js';

const rowCount = 50_000;
const latencyMs = 50;
const concurrency = 64;

/** How close a collection comes to the rate that its provider allows, and what Burnish itself computes for a row. */
export async function measureThroughput(folder: string): Promise<string> {
  const path = join(folder, 'metadata.parquet');
  writeDiffusionDb({ path, rowCount, seed: 1 });
  const installation = await startInstallation(join(folder, 'throughput'), 1);
  try {
    const before = processorSeconds(installation.worker.pid);
    const run = await runCollection(installation, 'throughput', {
      name: 'throughput',
      collect: { sources: [path], shares: { caption: 0, summary: 0.8, improved: 0.2 } },
      providers: {
        chat: { concurrency },
        simulator: { latency: { medianMs: latencyMs, p95Ms: latencyMs } },
      },
    });
    const spent = processorSeconds(installation.worker.pid) - before;
    const calls = totalOf((await readCounts(installation)).answered);
    const ideal = (concurrency * 1000) / latencyMs;
    const asking = run.askingSeconds;
    return `${calls.toLocaleString('en')} calls of ${latencyMs} ms at concurrency ${concurrency}: ${(calls / asking).toFixed(0)} a second while shards were asked for, ${((100 * calls) / asking / ideal).toFixed(0)} % of the ideal ${ideal}; ${run.seconds.toFixed(0)} s in all. The worker computed ${((1000 * spent) / rowCount).toFixed(2)} ms a row read (plan, asking, merge).`;
  } finally {
    await installation.stop();
  }
}
