import { copyFileSync, existsSync, renameSync, statSync, truncateSync } from 'node:fs';

/**
 * Moves the content of a log that grew too large to `.1`, older ones to `.2` and so on.
 *
 * The file itself stays, cut to nothing: its service appends and keeps it open.
 */
export function rotateLog(path: string, options: { maxBytes: number; keep: number }): void {
  if (!existsSync(path) || statSync(path).size < options.maxBytes) return;
  for (let index = options.keep - 1; index >= 1; index--) {
    const older = `${path}.${String(index)}`;
    if (existsSync(older)) renameSync(older, `${path}.${String(index + 1)}`);
  }
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}
