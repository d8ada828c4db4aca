import type { SimulatorSettings } from '../recipe/sections/providers.js';

/** Name of the header that says how the simulator is to misbehave in the answer to one request. */
export const FAULTS_HEADER = 'x-burnish-misbehave';

/** The header for a recipe's settings; none where no fault is asked for. */
export function faultsHeader(settings: SimulatorSettings): Record<string, string> {
  const { latency, content, transport } = settings;
  // A time to wait is no fault by itself.
  const parts = [latency, content, { ...transport, retryAfterSeconds: 0 }];
  const all = parts.flatMap((part) => Object.values(part));
  return all.some((value) => value > 0) ? { [FAULTS_HEADER]: JSON.stringify(settings) } : {};
}
