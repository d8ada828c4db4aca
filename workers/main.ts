/** Process entry of every pool: `node --import tsx workers/main.ts --pool train,generate`. */
import { parseArgs } from 'node:util';
import { announceReady } from '../infra/services/service-state.js';
import { connectEnvironment } from '../infra/services/connect-environment.js';
import { parsePools } from '../infra/services/served-pools.js';
import { runWorkers } from './run-workers.js';

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
