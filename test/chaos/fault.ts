import type { Installation } from './installation.js';
import type { RunWatch } from './run-watch.js';

/** What a fault is given. */
export interface FaultPlace {
  installation: Installation;
  watch: RunWatch;
  /** Numbers in [0, 1) that depend on the seed and on which fault of the run this is. */
  draw: (key: number) => number;
}

/** What came of a fault. */
export interface FaultOutcome {
  /** What was done, and what the run did. */
  did: string;
  stage: string;
  /** Training steps that were done again, as far as heartbeats had told of them. */
  lostSteps?: number;
  /** Training time that was done again: from the checkpoint that was gone on from to the fault. */
  lostSeconds?: number;
  /** From the fault until the work went on. */
  resumeSeconds?: number;
  /** From the start of a worker until it trained, where work was waiting for it. */
  startSeconds?: number;
  /** What the run must not do. */
  problem?: string;
}

/** Something that goes wrong; `strike` resolves once the work goes on. */
export interface Fault {
  name: string;
  strike(place: FaultPlace): Promise<FaultOutcome>;
}
