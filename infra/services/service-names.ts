/** The processes Burnish can start, in the order they are started. */
export const serviceNames = ['temporal', 's3', 'simulator', 'worker', 'trainer'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** How a service stands. */
export interface ServiceStatus {
  name: ServiceName;
  /** `external`: the user brings it along. `starting`: alive, not yet heard of as ready. */
  state: 'running' | 'starting' | 'crashed' | 'stopped' | 'external';
  pid?: number;
  /** Where clients reach it: an URL, or host:port for Temporal. */
  address?: string;
  /** Temporal's web interface. */
  uiUrl?: string;
  /** Task queues a worker serves. */
  pools?: string[];
  /** Milliseconds since 1970. */
  startedAt?: number;
  logPath?: string;
}
