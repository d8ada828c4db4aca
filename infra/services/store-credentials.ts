import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const credentialsSchema = z.object({
  accessKeyId: z.string().min(16),
  secretAccessKey: z.string().min(32),
});
/** Keys of the embedded object store. */
export type StoreCredentials = z.infer<typeof credentialsSchema>;

const credentialsPath = (runFolder: string): string => join(runFolder, 's3-credentials.json');

/** Keys of the embedded object store, drawn at random once; only this user can read them. */
export function provideStoreCredentials(runFolder: string): StoreCredentials {
  const path = credentialsPath(runFolder);
  const known = readStoreCredentials(runFolder);
  if (known) return known;
  mkdirSync(runFolder, { recursive: true, mode: 0o700 });
  const drawn: StoreCredentials = {
    accessKeyId: `BURNISH${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(24).toString('hex'),
  };
  const temporary = `${path}.${String(process.pid)}`;
  writeFileSync(temporary, JSON.stringify(drawn), { mode: 0o600 });
  try {
    linkSync(temporary, path);
    return drawn;
  } catch (error) {
    // Another process drew first.
    const winner = readStoreCredentials(runFolder);
    if (!winner) throw error;
    return winner;
  } finally {
    rmSync(temporary);
  }
}

/** Keys of the embedded object store, or undefined if it was never started. */
export function readStoreCredentials(runFolder: string): StoreCredentials | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(credentialsPath(runFolder), 'utf8'));
    return credentialsSchema.parse(content);
  } catch {
    return undefined;
  }
}
