import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { writeWholeJsonSync } from '../../files/whole-file.js';
import { serviceNames } from './service-names.js';

const recordSchema = z.object({
  name: z.enum(serviceNames),
  pid: z.int().positive(),
  /** Field 22 of /proc/PID/stat: with the pid it names one process and no later one. */
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
  const path = statePath(runFolder);
  mkdirSync(dirname(path), { recursive: true });
  writeWholeJsonSync(path, { services });
}
