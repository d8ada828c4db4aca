import type { CheckpointRef } from '../../contracts/artifact.js';
import type { EngineCheckpoint } from '../../contracts/engine-job.js';
import { untilAnswered } from '../../storage/until-answered.js';

/** Uploads that run beside the training, one at a time. */
export interface CheckpointUploads {
  /** Starts an upload once the one before has ended; training goes on meanwhile. */
  take(checkpoint: EngineCheckpoint): Promise<void>;
  /** Waits for the last upload. @throws what an upload failed with. */
  finish(): Promise<void>;
}

/**
 * Uploads through `commit`, with a store that cannot answer waited for.
 *
 * A second checkpoint waits until the first is stored, so a slow store slows the training down and disk use stays bounded.
 * `onFailed` is called as soon as an upload fails in a way that waiting cannot mend.
 */
export function createCheckpointUploads(options: {
  commit: (checkpoint: EngineCheckpoint) => Promise<CheckpointRef>;
  onCommitted: (ref: CheckpointRef) => Promise<void>;
  onFailed: () => void;
  signal: AbortSignal;
}): CheckpointUploads {
  const { commit, onCommitted, onFailed, signal } = options;
  let current: Promise<void> = Promise.resolve();

  const upload = async (checkpoint: EngineCheckpoint): Promise<void> => {
    try {
      await onCommitted(await untilAnswered(() => commit(checkpoint), { signal }));
    } catch (error) {
      onFailed();
      throw error;
    }
  };
  return {
    take: async (checkpoint) => {
      await current;
      current = upload(checkpoint);
      // `finish` or the next `take` reports it; without this Node would end the process first.
      current.catch(() => undefined);
    },
    finish: () => current,
  };
}
