/**
 * Shows steps that run side by side: one line a finished step; on a terminal also a live line of those still running.
 * @param {{ write: (text: string) => unknown, isTTY?: boolean, columns?: number }} output
 * @param {() => number} [now] milliseconds
 */
export function createProgress(output, now = () => performance.now()) {
  /** @type {Map<string, number>} */
  const started = new Map();
  // One failure stops the steps beside it, which have not failed themselves.
  let hasFailed = false;
  const seconds = (/** @type {number} */ since) => `${Math.round((now() - since) / 1000)} s`;
  const clear = () => output.isTTY && output.write('\r\u001b[K');
  const draw = () => {
    if (!output.isTTY || started.size === 0) return;
    const names = [...started].map(([name, since]) => `${name} ${seconds(since)}`).join(' · ');
    output.write(`\r\u001b[K  … ${names}`.slice(0, (output.columns ?? 80) + 3));
  };
  const timer = output.isTTY ? setInterval(draw, 1000) : undefined;
  timer?.unref();

  return {
    /** @param {string} text */
    line(text) {
      clear();
      output.write(`${text}\n`);
      draw();
    },
    /**
     * Runs a step and prints its time.
     * @template T
     * @param {string} name
     * @param {() => Promise<T>} work
     * @returns {Promise<T>}
     */
    async step(name, work) {
      const since = now();
      started.set(name, since);
      if (!output.isTTY) output.write(`  ${name} ...\n`);
      draw();
      let outcome = 'done';
      try {
        return await work();
      } catch (error) {
        outcome = hasFailed ? 'stopped' : 'failed';
        hasFailed = true;
        throw error;
      } finally {
        started.delete(name);
        this.line(`  ${name}: ${outcome}, ${seconds(since)}`);
      }
    },
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

/** @typedef {ReturnType<typeof createProgress>} Progress */
