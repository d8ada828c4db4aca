import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** A JSON-lines file that is written line by line. */
export interface LineFile {
  path: string;
  /** Waits where the disk is slower than the writer. */
  write(row: object): Promise<void>;
  /** Resolves once everything is on disk. */
  close(): Promise<void>;
}

/** Lines are joined to blocks of this many characters. */
const blockLength = 1 << 16;

/** Opens a file for writing, overwriting it. @throws the file system's error at a later call. */
export function openLineFile(path: string): LineFile {
  const stream = createWriteStream(path);
  let text = '';
  let failure: Error | undefined;
  stream.on('error', (error) => (failure = error));
  return {
    path,
    async write(row) {
      text += `${JSON.stringify(row)}\n`;
      if (text.length < blockLength) return;
      if (failure) throw failure;
      const isRoomLeft = stream.write(text);
      text = '';
      if (!isRoomLeft) await once(stream, 'drain');
    },
    async close() {
      if (failure) throw failure;
      stream.end(text);
      await once(stream, 'close');
      // Assigned by the listener meanwhile, which the compiler does not see.
      const late = failure as Error | undefined;
      if (late) throw late;
    },
  };
}
