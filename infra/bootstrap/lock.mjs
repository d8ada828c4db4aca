import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const heartbeatMs = 5_000;
/** A holder on another machine, or one whose process cannot be seen, is given up after this silence. */
const abandonedMs = 60_000;

/** @param {number} pid */
function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function isAbandoned(path) {
  try {
    const silent = Date.now() - statSync(path).mtimeMs > abandonedMs;
    const [host, pid, started] = readFileSync(path, 'utf8').split(' ');
    // An empty file is a lock being written at this moment.
    if (silent || pid === undefined) return silent;
    return host === hostname() && startTimeOf(Number(pid)) !== started;
  } catch {
    return false;
  }
}

/** @param {string} path */
function tryCreate(path) {
  try {
    writeFileSync(path, `${hostname()} ${process.pid} ${startTimeOf(process.pid)}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes an abandoned lock. Only one process at a time may judge and remove, else a second one would remove the
 * fresh lock of the first.
 * @param {string} path
 */
function removeAbandoned(path) {
  const guard = `${path}.guard`;
  if (!tryCreate(guard)) {
    if (isAbandoned(guard)) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isAbandoned(path)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * Runs `work` while no other process holds the lock; a lock whose holder died is taken over.
 * @template T
 * @param {string} path lock file
 * @param {() => Promise<T>} work
 * @param {{ onWait?: () => void }} [options] called once if another process holds it
 * @returns {Promise<T>}
 */
export async function withLock(path, work, options = {}) {
  mkdirSync(dirname(path), { recursive: true });
  let waited = false;
  while (!tryCreate(path)) {
    if (isAbandoned(path)) removeAbandoned(path);
    else {
      if (!waited) options.onWait?.();
      waited = true;
      await sleep(200);
    }
  }
  const release = () => rmSync(path, { force: true });
  const heartbeat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {
      // Someone cleaned the folder up; the work goes on.
    }
  }, heartbeatMs);
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.removeListener('exit', release);
    release();
  }
}
