const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Returns what `work` returns; its signal is aborted at the first Ctrl-C (or SIGTERM, SIGHUP).
 *
 * A second one ends the process at once. With `patient`, which is called at each, the process goes on, since it has yet to
 * stop what it started.
 */
export async function withInterrupt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: { patient?: (again: boolean) => void } = {},
): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    const again = controller.signal.aborted;
    if (again && !options.patient) process.exit(130);
    options.patient?.(again);
    controller.abort(new Error('interrupted'));
  };
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}
