import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWholeFileSync, writeWholeJsonSync } from '../../files/whole-file.js';

/** The processes Burnish can start, in the order they are started. */
export const serviceNames = ['temporal', 's3', 'simulator', 'worker', 'trainer'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** How a service stands. */
export interface ServiceStatus {
  name: ServiceName;
  /** `external`: the user brings it along. `starting`: alive, and not ready yet. */
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
  address: z.string().optional(),
  uiUrl: z.string().optional(),
  pools: z.array(z.string()).optional(),
  startedAt: z.number(),
  logPath: z.string(),
});
/** A process that Burnish started, as written to `.burnish/run/services.json`. */
export type ServiceRecord = z.infer<typeof recordSchema>;

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
