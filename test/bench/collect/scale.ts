import { join } from 'node:path';
import { startInstallation } from '../../chaos/installation.js';
import { writeDiffusionDb } from '../../support/made-up/diffusiondb/write-metadata.js';
import { faultyProviders } from './faulty-providers.js';
import { runCollection } from './run-collection.js';

const sizes = [25_000, 50_000, 100_000, 200_000];

/** Collections of doubling size, each in an installation of its own: time and memory. */
export async function measureScale(folder: string): Promise<string> {
  const lines = [
    '| rows | seconds | per row of the size before | pairs | peak memory, worker | simulator | most events |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  let before: number | undefined;
  for (const rowCount of sizes) {
    const path = join(folder, `metadata-${rowCount}.parquet`);
    writeDiffusionDb({ path, rowCount, seed: 1 });
    const installation = await startInstallation(join(folder, `scale-${rowCount}`), 1);
    try {
      const { seconds, card, peakMiB, events } = await runCollection(installation, 'scale', {
        name: 'scale',
        collect: { sources: [path] },
        providers: faultyProviders,
      });
      const ratio = before === undefined ? '' : (seconds / before / 2).toFixed(2);
      before = seconds;
      lines.push(
        `| ${rowCount.toLocaleString('en')} | ${seconds.toFixed(0)} | ${ratio} | ${card.pairs.total.toLocaleString('en')} | ${peakMiB.worker.toFixed(0)} MiB | ${peakMiB.simulator.toFixed(0)} MiB | ${events} |`,
      );
      process.stdout.write(`${lines.at(-1) ?? ''}\n`);
    } finally {
      await installation.stop();
    }
  }
  return `Providers: the simulator with 2 % faults.\n\n${lines.join('\n')}`;
}
