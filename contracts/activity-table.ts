/** Which pool runs each activity and for how long; proxies, pools and registration follow from it. No zod here: workflow code takes it. */
import type { BurnishActivities } from './activities.js';
import { Queue } from './names.js';

export type ActivityName = keyof BurnishActivities;

export interface ActivityTerms {
  /** The queue whose workers run it. */
  pool: Queue;
  /** Longest time of one attempt. */
  startToCloseTimeout: '2 hours' | '1 day';
}

/** Uploading a large base model is the longest of the light work. */
const light: ActivityTerms = { pool: Queue.burnish, startToCloseTimeout: '2 hours' };
/** One shard is some thousand rows; the providers' rate limits decide how long it takes. */
const collecting: ActivityTerms = { pool: Queue.collect, startToCloseTimeout: '1 day' };
/** A segment's own bound is set when it is asked for; see workflows/run-segments.ts. */
const training: ActivityTerms = { pool: Queue.train, startToCloseTimeout: '1 day' };
const generating: ActivityTerms = { pool: Queue.generate, startToCloseTimeout: '1 day' };
const scoring: ActivityTerms = { pool: Queue.score, startToCloseTimeout: '1 day' };

export const activityTable: Readonly<Record<ActivityName, ActivityTerms>> = {
  admitRecipe: light,
  openStage: light,
  commitStage: light,
  pruneCheckpoints: light,
  publishModel: light,
  renderReport: light,

  planCollection: collecting,
  collectShard: collecting,
  mergeCollection: collecting,

  trainSegment: training,

  sampleForLabels: generating,
  rewriteHeldOut: generating,

  planScores: scoring,
  scoreShard: scoring,
  labelTexts: scoring,
  evaluateTexts: scoring,
  scorePolicySamples: scoring,
};

/**
 * What all activities have in common: they heartbeat every second (see activities/wrap-activity.ts), so a dead worker is
 * noticed in seconds, and they are tried again until they succeed or fail with a type of `FailureType`.
 */
export const commonTerms = {
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
} as const;
