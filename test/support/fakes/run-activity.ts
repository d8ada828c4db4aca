import { MockActivityEnvironment } from '@temporalio/testing';
import { silentLogger } from './silent-logger.js';

/** What an activity returns when Temporal's own context is around it; its log goes nowhere. */
export function runActivity<Input, Output>(
  activity: (input: Input) => Promise<Output>,
  input: Input,
): Promise<Output> {
  const environment = new MockActivityEnvironment(undefined, { logger: silentLogger });
  return environment.run<[Input], Output, (input: Input) => Promise<Output>>(activity, input);
}
