const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Returns what `work` returns; its signal is aborted at the first Ctrl-C (or SIGTERM, SIGHUP).
 *
 * A second one ends the process at once, for the case that the work does not listen.
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error('interrupted'));
  };
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}
