import type { Fault, FaultPlace } from '../fault.js';
import { takeMoment, untilGoingOn } from '../going-on.js';
import { untilTraining } from '../training-now.js';
import type { SupervisedProcess } from '../supervised-process.js';
import { wentOn } from './kills.js';

/** A server that is away for long while a model is trained: the training waits or goes on, and no step is lost. */
function outage(
  name: string,
  seconds: number,
  serverOf: (place: FaultPlace) => SupervisedProcess,
): Fault {
  return {
    name,
    strike: async (place) => {
      const server = serverOf(place);
      if ((await untilTraining(place.watch)) === undefined)
        return { did: 'nothing', stage: 'none', problem: 'the run ended before it could strike' };
      const moment = await takeMoment(place);
      await server.kill(seconds * 1000);
      await server.untilReady();
      const readyAt = Date.now();
      const outcome = await untilGoingOn(place, moment, { struck: 'server', readyAt });
      const away = (readyAt - moment.at) / 1000;
      return {
        did: `away for ${away.toFixed(0)} s; ${wentOn(outcome)}`,
        ...outcome,
        ...(outcome.resumeSeconds !== undefined && {
          resumeSeconds: Math.max(0, outcome.resumeSeconds - away),
        }),
        ...(outcome.lostSteps !== undefined &&
          outcome.lostSteps > 0 && {
            problem: `${outcome.lostSteps} steps were lost in an outage`,
          }),
      };
    },
  };
}

/** Temporal is away for `seconds`; counted as resumed is from its return on. */
export const temporalOutage = (seconds: number): Fault =>
  outage('Temporal away', seconds, ({ installation }) => installation.temporal);

/** The object store is away for `seconds`; counted as resumed is from its return on. */
export const storeOutage = (seconds: number): Fault =>
  outage('S3 away', seconds, ({ installation }) => installation.s3);
