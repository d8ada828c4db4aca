import { ProviderRowError } from '../../providers/errors.js';

/**
 * What `ask` gives; a body that breaks off or is no JSON is a fault of the wire, so the same question is asked again, so
 * many times at most.
 *
 * @throws what `ask` throws.
 */
export async function whileMalformed<Value>(
  times: number,
  ask: () => Promise<Value>,
): Promise<Value> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const isMalformed = error instanceof ProviderRowError && error.failure.status === undefined;
      if (!isMalformed || attempt >= times) throw error;
    }
  }
}
