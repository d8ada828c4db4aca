import { writeWholeFileSync } from '../../files/whole-file.js';

/** Tells the process that started this one that it now serves; does nothing when started by hand. */
export function announceReady(environment: { readyFile?: string }): void {
  if (environment.readyFile !== undefined) writeWholeFileSync(environment.readyFile, '');
}
