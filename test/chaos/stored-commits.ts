import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommitKey } from '../../storage/checkpoint-commit.js';

/** A committed checkpoint as the gateway keeps it on its disk. */
export interface StoredCommit {
  stageKey: string;
  stepIndex: number;
  /** Folder of the step. */
  folder: string;
  /** Milliseconds since 1970. */
  committedAt: number;
}

/** Every committed checkpoint in the store, newest first. */
export function storedCommits(objectsFolder: string): StoredCommit[] {
  const commits = listFiles(objectsFolder, 'checkpoints').flatMap((key) => {
    const parsed = parseCommitKey(key);
    const folder = join(objectsFolder, key, '..');
    const seen = statSync(join(objectsFolder, key), { throwIfNoEntry: false });
    return parsed && seen ? [{ ...parsed, folder, committedAt: seen.mtimeMs }] : [];
  });
  return commits.sort((a, b) => b.committedAt - a.committedAt);
}

/** Moment at which the upload of a checkpoint's files had begun, at the latest; milliseconds since 1970. */
export function uploadBegan({ folder, committedAt }: StoredCommit): number {
  const times = listFiles(folder, '').map(
    (file) => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? committedAt,
  );
  return Math.min(committedAt, ...times);
}

/** Paths of every file below a folder, relative to `root`; what goes away meanwhile is left out. */
export function listFiles(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? listFiles(root, path) : [path];
    });
  } catch {
    return [];
  }
}
