import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { FailureType } from '../contracts/names.js';
import type { CarriedStage, StageChange, StageInput, StageStatus } from '../contracts/stages.js';
import {
  pauseSignal,
  resumeSignal,
  stageChangedSignal,
  stageProgressQuery,
  stopSignal,
} from './messages.js';
import { advanceStage, startedStage, type StageEvent, type StageState } from './stage-state.js';

/** A stage under way: what its workflow was given, its state, and the key of its result. */
export interface StageRun {
  input: StageInput;
  control: StageControl;
  stageKey: string;
}

/** A stage's state, which signals of an operator and the stage's own work change. */
export class StageControl {
  readonly #pipelineId: string | undefined;
  #state: StageState;
  /** Ends the work under way softly; undefined while there is none. */
  #interrupt: (() => void) | undefined;

  /** Installs the messages of a stage's workflow; call it before anything is awaited. */
  constructor({ stage, carried }: StageInput) {
    const { workflowId, parent, startTime } = workflowInfo();
    this.#pipelineId = parent?.workflowId;
    this.#state = startedStage(stage, { workflowId, startedAt: startTime.toISOString() }, carried);
    setHandler(stageProgressQuery, () => this.#state.status, {
      description: 'Where this stage stands.',
    });
    setHandler(
      pauseSignal,
      async () => {
        this.#interrupt?.();
        await this.dispatch({ type: 'paused' });
      },
      { description: 'Hold: a running segment writes a checkpoint and returns.' },
    );
    setHandler(
      resumeSignal,
      (rateFactor) =>
        this.dispatch({ type: 'resumed', ...(isRateFactor(rateFactor) && { rateFactor }) }),
      { description: 'Go on; after a guard tripped, with the learning rate times the argument.' },
    );
    setHandler(
      stopSignal,
      async () => {
        this.#interrupt?.();
        await this.dispatch({ type: 'stopped' });
      },
      { description: 'End this stage at its newest checkpoint.' },
    );
  }

  get state(): StageState {
    return this.#state;
  }

  /** Changes the state, and signals it to the pipeline where that changes what the pipeline shows. */
  async dispatch(event: StageEvent): Promise<void> {
    const before = this.#state.status;
    this.#state = advanceStage(this.#state, event);
    const { status } = this.#state;
    if (this.#pipelineId !== undefined && isNews(before, status))
      await signalPipeline(this.#pipelineId, status);
  }

  /**
   * Waits while the stage is paused.
   * @throws ApplicationFailure StageStoppedError once the operator stopped the stage.
   */
  async untilRunnable(): Promise<void> {
    await condition(() => !this.#state.paused || this.#state.stopped);
    if (this.#state.stopped) throw stageStopped(this.#state);
  }

  /** Does one piece of work that a pause waits for. */
  async work<T>(body: () => Promise<T>): Promise<T> {
    await this.dispatch({ type: 'work started' });
    try {
      return await body();
    } finally {
      await this.dispatch({ type: 'work ended' });
    }
  }

  /** Does one piece of work that a pause or stop ends softly: `undefined` if it ended before it began. */
  async interruptibleWork<T>(body: () => Promise<T>): Promise<T | undefined> {
    return this.work(() => runInterruptible(body, (interrupt) => (this.#interrupt = interrupt)));
  }
}

/** Goes on as a new run of the stage's workflow, which takes up `done`: what the stage has computed so far. */
export async function continueStage(
  { input, control, stageKey }: StageRun,
  done?: Partial<CarriedStage>,
): Promise<never> {
  const { status, paused } = control.state;
  const carried = { status, paused, stageKey, ...done };
  return continueAsNew<(input: StageInput) => Promise<unknown>>({ ...input, carried });
}

/** A cut activity may still return its result, since cancellation waits for it; the workflow's own cancellation passes on. */
async function runInterruptible<T>(
  body: () => Promise<T>,
  arm: (interrupt: (() => void) | undefined) => void,
): Promise<T | undefined> {
  const scope = new CancellationScope();
  arm(() => {
    scope.cancel();
  });
  try {
    const result = await scope.run(body);
    await throwIfCancelled();
    return result;
  } catch (error) {
    await throwIfCancelled();
    if (scope.consideredCancelled && isCancellation(error)) return undefined;
    throw error;
  } finally {
    arm(undefined);
  }
}

async function throwIfCancelled(): Promise<void> {
  const scope = CancellationScope.current();
  if (scope.consideredCancelled) await scope.cancelRequested;
}

/** A signal cannot be refused: what is no factor counts as not given. */
function isRateFactor(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 1;
}

/** Results reach the pipeline as the stage's result; signals are for what changes before that. */
function isNews(before: StageStatus, now: StageStatus): boolean {
  if (now.state !== 'running' && now.state !== 'paused') return false;
  if (before.state !== now.state || before.message !== now.message) return true;
  return before.segments !== now.segments && isWorthSignal(now.segments ?? 0);
}

/** Numbers with two figures and then zeros: the pipeline's history grows with the logarithm of a stage's segments. */
function isWorthSignal(segments: number): boolean {
  return segments % 10 ** Math.max(0, String(segments).length - 2) === 0;
}

/** The pipeline may have ended, or a stage may be started by hand below a workflow that is no pipeline. */
async function signalPipeline(pipelineId: string, status: StageStatus): Promise<void> {
  const { stage, state, segments, attempts, training, message, trips } = status;
  const change: StageChange = {
    stage,
    state,
    ...(segments !== undefined && { segments }),
    ...(attempts !== undefined && { attempts }),
    ...(training !== undefined && { training }),
    ...(message !== undefined && { message }),
    ...(trips !== undefined && { trips }),
  };
  try {
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(pipelineId).signal(stageChangedSignal, change),
    );
  } catch (error) {
    log.warn('The pipeline did not take a change of its stage', { stage, error });
  }
}

function stageStopped({ status }: StageState): ApplicationFailure {
  const step = status.training ? ` at step ${status.training.stepIndex}` : '';
  return ApplicationFailure.nonRetryable(
    `Stage ${status.stage} was stopped by an operator${step}. Its newest checkpoint is kept: the same recipe goes on from there.`,
    FailureType.stageStopped,
  );
}
