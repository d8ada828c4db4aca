import type { ServiceName, ServiceStatus } from '../infra/services/service-names.js';
import { servicesDown, servicesStatus, servicesUp } from '../infra/services/services.js';
import { formatSeconds } from '../text/quantities.js';
import type { Terminal } from './terminal.js';

/**
 * Returns what `work` returns, with every service up while it runs; what was started here is stopped afterwards.
 *
 * Services that ran before are left running, and with `keep` all are. A failure to start stops what had come up.
 */
export async function withServices<T>(
  options: { keep: boolean; terminal: Terminal },
  work: (services: ServiceStatus[]) => Promise<T>,
): Promise<T> {
  const { terminal, keep } = options;
  const onProgress = (line: string): void => {
    terminal.note(line);
  };
  const before = await servicesStatus();
  const started = startedHere(before);
  const since = performance.now();
  try {
    const services = await servicesUp({ onProgress });
    terminal.note(`Services are up, ${formatSeconds((performance.now() - since) / 1000)}.`);
    return await work(services);
  } finally {
    if (!keep && started.length > 0) await servicesDown({ only: started, onProgress });
  }
}

/** Returns the services that `up` will have started, given how all stood before. */
export function startedHere(before: ServiceStatus[]): ServiceName[] {
  return before
    .filter(({ state }) => state === 'stopped' || state === 'crashed')
    .map(({ name }) => name);
}
