import type { Fault } from './fault.js';
import { flippedByte } from './faults/flipped-byte.js';
import { frozenAttempt } from './faults/frozen-attempt.js';
import { fullDisk } from './faults/full-disk.js';
import { killEngine, killStore, killTemporal, killTrainer, killWorker } from './faults/kills.js';
import { storeOutage, temporalOutage } from './faults/outages.js';
import { busyStore, resetStore, slowStore, tornUploads } from './faults/store-troubles.js';

/** Deaths without a word, in the order in which they are dealt out. */
export const kills: readonly Fault[] = [
  killEngine,
  killTrainer,
  killTemporal,
  killStore,
  killWorker,
];

/** Everything else that goes wrong with one run, by the name that `--faults` takes. */
export function otherFaults(options: { outageSeconds: number }): Record<string, Fault> {
  const { outageSeconds } = options;
  return {
    slow: slowStore,
    busy: busyStore,
    reset: resetStore,
    torn: tornUploads,
    flip: flippedByte,
    disk: fullDisk,
    frozen: frozenAttempt,
    'temporal-outage': temporalOutage(outageSeconds),
    's3-outage': storeOutage(outageSeconds),
  };
}
