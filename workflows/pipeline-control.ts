import {
  ApplicationFailure,
  condition,
  log,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { Message } from '../contracts/names.js';
import type { StageChange } from '../contracts/stages.js';
import {
  approveUpdate,
  pauseSignal,
  pipelineProgressQuery,
  rejectUpdate,
  resumeSignal,
  stageChangedSignal,
} from './messages.js';
import {
  advancePipeline,
  pipelineDetails,
  startedPipeline,
  type PipelineEvent,
  type PipelineState,
} from './pipeline-state.js';

/** What a pipeline passes an operator's signals on to. */
export type SignalStage = (
  name: typeof Message.pause | typeof Message.resume,
  ...input: unknown[]
) => Promise<void>;

/** ISO 8601, as the pipeline's events are dated. */
export const now = (): string => new Date().toISOString();

/** A pipeline's state, which signals of an operator, its stages and its own work change. */
export class PipelineControl {
  #state: PipelineState;
  #stage: SignalStage | undefined;

  /** Installs the messages of a pipeline; call it before anything is awaited. */
  constructor(recipe: unknown) {
    this.#state = startedPipeline(nameOf(recipe));
    setHandler(pipelineProgressQuery, () => this.#state.progress, {
      description: 'Where the run stands, stage by stage.',
    });
    setHandler(
      pauseSignal,
      async () => {
        this.dispatch({ type: 'paused' });
        await this.#passOn(Message.pause);
      },
      { description: 'Hold: the running stage stops at a checkpoint, no other starts.' },
    );
    setHandler(
      resumeSignal,
      async (rateFactor) => {
        this.dispatch({ type: 'resumed' });
        await this.#passOn(Message.resume, ...(rateFactor === undefined ? [] : [rateFactor]));
      },
      { description: 'Go on.' },
    );
    setHandler(stageChangedSignal, (change: StageChange) => {
      this.dispatch({ type: 'stage changed', change });
    });
    installApproval(this);
  }

  get state(): PipelineState {
    return this.#state;
  }

  dispatch(event: PipelineEvent): void {
    this.#state = advancePipeline(this.#state, event);
    setCurrentDetails(pipelineDetails(this.#state.progress));
  }

  /** Waits while the pipeline is paused. */
  async untilRunnable(): Promise<void> {
    await condition(() => !this.#state.paused);
  }

  /** Waits for the update `approve` or `reject`. */
  async askApproval(): Promise<{ approved: boolean; note: string }> {
    this.dispatch({ type: 'approval asked' });
    await condition(() => typeof this.#state.approval === 'object');
    return this.#state.approval as { approved: boolean; note: string };
  }

  /** Sets the running stage, to which pause and resume are passed on; `undefined` when none runs. */
  direct(stage: SignalStage | undefined): void {
    this.#stage = stage;
  }

  async #passOn(...signal: Parameters<SignalStage>): Promise<void> {
    try {
      await this.#stage?.(...signal);
    } catch (error) {
      log.info('A stage ended before a signal reached it', { signal: signal[0], error });
    }
  }
}

function installApproval(control: PipelineControl): void {
  setHandler(
    approveUpdate,
    (note = 'approved') => {
      control.dispatch({ type: 'decided', approved: true, note });
      return 'Approved: the model is published.';
    },
    {
      validator: (note) => {
        assertDecidable(control.state, note ?? 'approved');
      },
      description: 'Publish; the optional argument says who approved or why.',
    },
  );
  setHandler(
    rejectUpdate,
    (note) => {
      control.dispatch({ type: 'decided', approved: false, note });
      return 'Rejected: nothing is published.';
    },
    {
      validator: (note) => {
        assertDecidable(control.state, note);
      },
      description: 'End without publishing; the argument says why.',
    },
  );
}

function assertDecidable({ approval, progress }: PipelineState, note: unknown): void {
  if (typeof note !== 'string' || note.trim() === '' || note.length > 1000) {
    throw new ApplicationFailure(
      'Expected one argument: a text of 1 to 1,000 characters that says why.',
    );
  }
  if (approval === 'asked') return;
  const running = progress.stages.find(({ state }) => state === 'running' || state === 'paused');
  throw new ApplicationFailure(
    typeof approval === 'object'
      ? `Already ${approval.approved ? 'approved' : 'rejected'}: ${approval.note}`
      : `Nothing waits for approval: the run is ${progress.state}${running ? ` at ${running.stage}` : ''}.`,
  );
}

/** Only a name to show until the recipe is checked. */
function nameOf(recipe: unknown): string {
  const name = (recipe as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? name.slice(0, 63) : 'unnamed';
}
