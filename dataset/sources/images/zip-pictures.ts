import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry } from 'yauzl';
import { assertImageSize, ImageUnreadableError } from './image.js';
import type { RangedFile } from './ranged-file.js';

/** DiffusionDB's zips have a thousand; a directory of many more is no folder of pictures. */
const MAX_MEMBERS = 200_000;
/** The directory is read in small pieces; asked of a store one by one they would take minutes. */
const WINDOW_BYTES = 256 * 1024;

export interface ZipPictures {
  version: string;
  /**
   * The bytes of a member by its exact name, or by its name in a folder called like the zip.
   * @throws ImageUnreadableError if there is none, or it is too large, encrypted or torn.
   */
  read: (member: string) => Promise<Buffer>;
}

/**
 * A zip's directory, its members read one by one where they stand. Nothing is unpacked to a disk, so that no name in the
 * zip can lead anywhere; sizes are checked before and while a member is inflated.
 *
 * @throws ImageUnreadableError if the file is no zip, torn, or has over 200,000 members.
 */
export async function openZip(file: RangedFile): Promise<ZipPictures> {
  const entries = new Map<string, Entry>();
  const zip = await explained(file, () =>
    fromRandomAccessReaderPromise(new RangeReader(file), file.byteLength, { autoClose: false }),
  );
  if (zip.entryCount > MAX_MEMBERS) {
    throw new ImageUnreadableError(
      `${file.label} has ${zip.entryCount} members; at most ${MAX_MEMBERS} are read.`,
    );
  }
  await explained(file, async () => {
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  });
  const inner = basename(file.label).replace(/\.zip$/i, '');
  return {
    version: file.version,
    async read(member) {
      const label = `${file.label}#${member}`;
      const entry = entries.get(member) ?? entries.get(`${inner}/${member}`);
      if (entry === undefined) {
        throw new ImageUnreadableError(`${label}: the zip has no such member.`);
      }
      assertImageSize(entry.uncompressedSize, label);
      if (!entry.canDecodeFileData()) {
        throw new ImageUnreadableError(
          `${label} is encrypted or packed by an unknown method; pack the zip anew.`,
        );
      }
      return explained({ label }, async () => {
        const chunks: Buffer[] = [];
        let byteLength = 0;
        for await (const chunk of (await zip.openReadStreamPromise(
          entry,
        )) as AsyncIterable<Buffer>) {
          byteLength += chunk.byteLength;
          assertImageSize(byteLength, label);
          chunks.push(chunk);
        }
        return Buffer.concat(chunks);
      });
    },
  };
}

/** What the zip library calls an error is one of the zip; errors of the store stay what they are. */
async function explained<T>({ label }: { label: string }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { name, code, message } = cause as Error & { code?: string };
    const ofTheZip = name === 'Error' && (code === undefined || code.startsWith('Z_'));
    if (!ofTheZip) throw cause;
    throw new ImageUnreadableError(`${label} cannot be read as zip: ${message}.`, { cause });
  }
}

class RangeReader extends RandomAccessReader {
  private readonly file: RangedFile;
  private held: { from: number; bytes: Buffer } = { from: 0, bytes: Buffer.alloc(0) };

  constructor(file: RangedFile) {
    super();
    this.file = file;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.pieces(start, end), { objectMode: false });
  }

  // The library's interface has five parameters.
  // eslint-disable-next-line max-params
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.window(position, position + length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null);
      },
      (error: unknown) => callback(error as Error),
    );
  }

  private async *pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let from = start; from < end; from += WINDOW_BYTES) {
      yield await this.file.read(from, Math.min(end, from + WINDOW_BYTES));
    }
  }

  private async window(from: number, to: number): Promise<Buffer> {
    let { held } = this;
    if (from < held.from || to > held.from + held.bytes.byteLength) {
      const end = Math.min(this.file.byteLength, Math.max(to, from + WINDOW_BYTES));
      held = { from, bytes: await this.file.read(from, end) };
      this.held = held;
    }
    return held.bytes.subarray(from - held.from, to - held.from);
  }
}
