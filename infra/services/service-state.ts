import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWholeFileSync, writeWholeJsonSync } from '../../files/whole-file.js';

/** The processes Burnish can start, in the order they are started. */
export const serviceNames = ['temporal', 's3', 'simulator', 'worker', 'trainer'] as const;
export type ServiceName = (typeof serviceNames)[number];

const recordSchema = z.object({
  name: z.enum(serviceNames),
  pid: z.int().positive(),
  /** With the pid it names one process and no later one (`ProcessIdentity`). */
  startTime: z.string(),
  /** In the environment of the process and of all it starts. */
  token: z.string(),
  /** Digest of command and settings; a service whose settings changed is started again. */
  settingsDigest: z.string(),
  ports: z.record(z.string(), z.int()),
  /** Where clients reach it: an URL, or host:port for Temporal. */
  address: z.string().optional(),
  /** Temporal's web interface. */
  uiUrl: z.string().optional(),
  /** Task queues a worker serves. */
  pools: z.array(z.string()).optional(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  logPath: z.string(),
});
/** A process that Burnish started, as written to `.burnish/run/services.json`. */
export type ServiceRecord = z.infer<typeof recordSchema>;

/** How a service stands, with what is known of its process. */
export interface ServiceStatus extends Partial<
  Pick<ServiceRecord, 'pid' | 'address' | 'uiUrl' | 'pools' | 'startedAt' | 'logPath'>
> {
  name: ServiceName;
  /** `external`: the user brings it along. `starting`: alive, and not ready yet. */
  state: 'running' | 'starting' | 'crashed' | 'stopped' | 'external';
}

const stateSchema = z.object({ services: z.array(recordSchema) });

const statePath = (runFolder: string): string => join(runFolder, 'services.json');

/** Processes that Burnish started and did not stop; none when the file is missing or unreadable. */
export function readServiceRecords(runFolder: string): ServiceRecord[] {
  try {
    const content: unknown = JSON.parse(readFileSync(statePath(runFolder), 'utf8'));
    return stateSchema.parse(content).services;
  } catch {
    return [];
  }
}

/** Replaces the state file in one move. */
export function writeServiceRecords(runFolder: string, services: ServiceRecord[]): void {
  mkdirSync(runFolder, { recursive: true });
  writeWholeJsonSync(statePath(runFolder), { services });
}

/** Writes the file by which the process that started this one sees that it serves; none when started by hand. */
export function announceReady(environment: { readyFile?: string }): void {
  if (environment.readyFile !== undefined) writeWholeFileSync(environment.readyFile, '');
}
