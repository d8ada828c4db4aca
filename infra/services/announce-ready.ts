import { renameSync, writeFileSync } from 'node:fs';

/** Tells the process that started this one that it now serves; does nothing when started by hand. */
export function announceReady(environment: { readyFile?: string }): void {
  if (environment.readyFile === undefined) return;
  const temporary = `${environment.readyFile}.${String(process.pid)}`;
  writeFileSync(temporary, '');
  renameSync(temporary, environment.readyFile);
}
