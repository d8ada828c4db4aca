import {
  ActivityCancellationType,
  proxyActivities,
  type ActivityInterfaceFor,
} from '@temporalio/workflow';
import type { BurnishActivities } from '../contracts/activities.js';
import { activityTable, commonTerms } from '../contracts/activity-table.js';

/** Every activity, asked for on the queue of its pool and within the time that the table allows. */
export const activities = Object.fromEntries(
  Object.entries(activityTable).map(([name, { pool, startToCloseTimeout }]) => {
    const proxies = proxyActivities({
      ...commonTerms,
      taskQueue: pool,
      startToCloseTimeout,
      // Not the SDK's default, whatever its documentation says: without it a paused segment's checkpoint would be lost from sight.
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    });
    return [name, proxies[name]];
  }),
) as unknown as ActivityInterfaceFor<BurnishActivities>;
