import type { WorkerOptions } from '@temporalio/worker';
import type { BurnishActivities } from '../contracts/activities.js';
import { activityTable, type ActivityName } from '../contracts/activity-table.js';
import { Queue } from '../contracts/names.js';

/** How much a pool's workers take on at once. */
export interface Pool {
  /** Activities at once in one process. */
  slots: number;
  /** Time between "no new work" and "stop what runs" at shutdown. */
  shutdownGraceTime: string;
}

export const pools: Record<Queue, Pool> = {
  [Queue.burnish]: { slots: 16, shutdownGraceTime: '5 seconds' },
  [Queue.collect]: { slots: 16, shutdownGraceTime: '5 seconds' },
  // A training that is asked to stop at once begins its checkpoint the sooner, and another worker goes on the sooner.
  [Queue.train]: { slots: 1, shutdownGraceTime: '0 seconds' },
  [Queue.generate]: { slots: 1, shutdownGraceTime: '0 seconds' },
  [Queue.score]: { slots: 16, shutdownGraceTime: '5 seconds' },
};

/** A cancel or pause reaches an activity by the answer to a heartbeat, so this bounds how late it comes. */
const maxHeartbeatThrottleInterval = '1500 milliseconds';

/** The worker options of one pool, with those of `activities` that the table gives to it. */
export function poolOptions(queue: Queue, activities: BurnishActivities): Partial<WorkerOptions> {
  const pool = pools[queue];
  return {
    activities: Object.fromEntries(
      Object.entries(activities).filter(
        ([name]) => activityTable[name as ActivityName].pool === queue,
      ),
    ),
    maxConcurrentActivityTaskExecutions: pool.slots,
    shutdownGraceTime: pool.shutdownGraceTime,
    shutdownForceTime: '10 minutes',
    maxHeartbeatThrottleInterval,
    defaultHeartbeatThrottleInterval: maxHeartbeatThrottleInterval,
  };
}
