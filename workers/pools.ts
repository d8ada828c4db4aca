import type { WorkerOptions } from '@temporalio/worker';
import type { BurnishActivities } from '../contracts/activities.js';
import { Queue } from '../contracts/names.js';

type ActivityName = keyof BurnishActivities;

/** What a pool's workers serve and how much of it at once. */
export interface Pool {
  activities: readonly ActivityName[];
  /** Activities at once in one process. */
  slots: number;
  /** Time between "no new work" and "stop what runs" at shutdown. */
  shutdownGraceTime: string;
}

export const pools: Record<Queue, Pool> = {
  [Queue.burnish]: {
    activities: [
      'admitRecipe',
      'openStage',
      'commitStage',
      'pruneCheckpoints',
      'publishModel',
      'renderReport',
    ],
    slots: 16,
    shutdownGraceTime: '5 seconds',
  },
  [Queue.collect]: {
    activities: ['planCollection', 'collectShard', 'mergeCollection'],
    slots: 16,
    shutdownGraceTime: '5 seconds',
  },
  // Training hears of a shutdown at once: the sooner it begins its checkpoint, the sooner another worker goes on.
  [Queue.train]: { activities: ['trainSegment'], slots: 1, shutdownGraceTime: '0 seconds' },
  [Queue.generate]: {
    activities: ['sampleForLabels', 'rewriteHeldOut'],
    slots: 1,
    shutdownGraceTime: '0 seconds',
  },
  [Queue.score]: {
    activities: ['planScores', 'scoreShard', 'labelTexts', 'evaluateTexts', 'scorePolicySamples'],
    slots: 16,
    shutdownGraceTime: '5 seconds',
  },
};

/** A cancel or pause reaches an activity by the answer to a heartbeat, so this bounds how late it comes. */
const maxHeartbeatThrottleInterval = '1500 milliseconds';

/** The worker options of one pool, with its activities picked from the table of all. */
export function poolOptions(queue: Queue, activities: BurnishActivities): Partial<WorkerOptions> {
  const pool = pools[queue];
  return {
    activities: Object.fromEntries(
      Object.entries(activities).filter(([name]) => pool.activities.includes(name as ActivityName)),
    ),
    maxConcurrentActivityTaskExecutions: pool.slots,
    shutdownGraceTime: pool.shutdownGraceTime,
    shutdownForceTime: '10 minutes',
    maxHeartbeatThrottleInterval,
    defaultHeartbeatThrottleInterval: maxHeartbeatThrottleInterval,
  };
}
