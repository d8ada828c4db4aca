/** Process entry of every pool: `node --import tsx workers/main.ts --pool train,generate`. */
import { parseArgs } from 'node:util';
import { Queue } from '../contracts/names.js';
import { announceReady } from '../infra/services/announce-ready.js';
import { connectEnvironment } from '../infra/services/connect-environment.js';
import { runWorkers } from './run-workers.js';

const allPools = Object.values(Queue);

function parsePools(text: string): Queue[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('all')) return allPools;
  const unknown = names.filter((name) => !allPools.includes(name as Queue));
  if (unknown.length === 0) return names as Queue[];
  throw new Error(
    `Unknown pool ${unknown.join(', ')}; expected some of ${allPools.join(', ')}, or all.`,
  );
}

try {
  const { values } = parseArgs({
    options: {
      pool: { type: 'string', default: 'all' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const environment = connectEnvironment();
  await runWorkers({
    pools: parsePools(values.pool),
    environment,
    onReady: (ready) => {
      process.stdout.write(`${JSON.stringify(ready)}\n`);
      announceReady(environment);
    },
  });
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${process.argv.includes('--verbose') ? String((error as Error).stack) : text}\n`,
  );
  process.exitCode = 1;
}
