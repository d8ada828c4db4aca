import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import type { ProxyMode } from '../fault-proxy.js';
import { takeMoment, untilGoingOn } from '../going-on.js';
import { wentOn } from './kills.js';

const shortestMs = 4000;
const longestMs = 10_000;

/** The proxy before the store does something to a part of the requests for some seconds, and to one at least. */
function storeTrouble(name: string, mode: Exclude<ProxyMode, 'pass'>, words: string): Fault {
  return {
    name,
    strike: async (place) => {
      const { proxy } = place.installation;
      const moment = await takeMoment(place);
      proxy.set(mode);
      await sleep(shortestMs + (longestMs - shortestMs) * place.draw(1));
      while (proxy.counts.hit === 0 && place.watch.end === undefined) await sleep(50);
      const { seen, hit } = proxy.counts;
      proxy.set('pass');
      const readyAt = Date.now();
      const outcome = await untilGoingOn(place, moment, { struck: 'server', readyAt });
      const did = `${hit} of ${seen} requests ${words}; ${wentOn(outcome)}`;
      return {
        did,
        ...outcome,
        resumeSeconds: Math.max(0, (outcome.resumeSeconds ?? 0) - (readyAt - moment.at) / 1000),
      };
    },
  };
}

export const slowStore = storeTrouble('S3 slow', 'slow', 'delayed');
export const busyStore = storeTrouble('S3 busy', 'busy', 'answered 503');
export const resetStore = storeTrouble('S3 resets', 'reset', 'reset');
export const tornUploads = storeTrouble('torn uploads', 'torn', 'broken off in the middle');
