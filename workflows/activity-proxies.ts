/** Activities by pool. All heartbeat every second (see activities/wrap-activity.ts), so a dead worker is noticed in seconds. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type {
  CollectActivities,
  GenerateActivities,
  ScoreActivities,
  StageActivities,
  TrainActivities,
} from '../contracts/activities.js';
import { Queue } from '../contracts/names.js';

const heartbeatTimeout = '20 seconds';
/** Not the SDK's default, whatever its documentation says: without it a paused segment's checkpoint would be lost from sight. */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;
/** Waiting can help against all that is not in the closed list of failure types: servers and stores come back. */
const retry = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' };

/** Uploading a large base model is the longest of the light work. */
export const stageActivities = proxyActivities<StageActivities>({
  taskQueue: Queue.burnish,
  startToCloseTimeout: '2 hours',
  heartbeatTimeout,
  cancellationType,
  retry,
});

/** One shard is some thousand rows; the providers' rate limits decide how long it takes. */
export const collectActivities = proxyActivities<CollectActivities>({
  taskQueue: Queue.collect,
  startToCloseTimeout: '1 day',
  heartbeatTimeout,
  cancellationType,
  retry,
});

/** The attempt's bound is set a segment; see run-segments.ts. */
export const trainActivities = proxyActivities<TrainActivities>({
  taskQueue: Queue.train,
  startToCloseTimeout: '1 day',
  heartbeatTimeout,
  cancellationType,
  retry,
});

export const generateActivities = proxyActivities<GenerateActivities>({
  taskQueue: Queue.generate,
  startToCloseTimeout: '1 day',
  heartbeatTimeout,
  cancellationType,
  retry,
});

export const scoreActivities = proxyActivities<ScoreActivities>({
  taskQueue: Queue.score,
  startToCloseTimeout: '1 day',
  heartbeatTimeout,
  cancellationType,
  retry,
});
