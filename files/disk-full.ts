/** The disk under a folder of this machine is full; room there helps, so the work is tried again. */
export class DiskFullError extends Error {
  constructor(folder: string, options: ErrorOptions) {
    super(
      `Expected room on the disk of ${folder} and found none. Nothing half-written was left. Free space there, lower BURNISH_CACHE_GB, or move BURNISH_HOME; the work goes on by itself.`,
      options,
    );
    this.name = 'DiskFullError';
  }
}

/** The error to throw for one that a full disk caused, in this process or in one it started; any other as it is. */
export function explainFullDisk(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || error instanceof DiskFullError) return error;
  const { code } = error as NodeJS.ErrnoException;
  // The engine's process sends messages, not codes.
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || /^(ENOSPC|EDQUOT)\b/.test(error.message);
  return isFull ? new DiskFullError(folder, { cause: error }) : error;
}
