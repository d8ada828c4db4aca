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
import { pipelineDetails } from './pipeline-details.js';
import {
  advancePipeline,
  startedPipeline,
  type PipelineEvent,
  type PipelineState,
} from './pipeline-state.js';

/** What a pipeline passes an operator's signals on to. */
export type SignalStage = (
  name: typeof Message.pause | typeof Message.resume,
  ...input: unknown[]
) => Promise<void>;

/** A pipeline's state with the operator's hand on it. */
export interface PipelineControl {
  readonly state: PipelineState;
  dispatch(event: PipelineEvent): void;
  /** Waits while the pipeline is paused. */
  untilRunnable(): Promise<void>;
  /** Waits for the update `approve` or `reject`. */
  askApproval(): Promise<{ approved: boolean; note: string }>;
  /** Says which running stage hears of pause and resume; `undefined` when none runs. */
  direct(stage: SignalStage | undefined): void;
}

/** Installs the messages of a pipeline; call it before anything is awaited. */
export function createPipelineControl(recipe: unknown): PipelineControl {
  let state = startedPipeline(nameOf(recipe));
  let stage: SignalStage | undefined;
  const dispatch = (event: PipelineEvent): void => {
    state = advancePipeline(state, event);
    setCurrentDetails(pipelineDetails(state.progress));
  };
  const passOn: SignalStage = async (signal, ...input) => {
    try {
      await stage?.(signal, ...input);
    } catch (error) {
      log.info('A stage ended before it heard of the signal', { signal, error });
    }
  };

  setHandler(pipelineProgressQuery, () => state.progress, {
    description: 'Where the run stands, stage by stage.',
  });
  setHandler(
    pauseSignal,
    async () => {
      dispatch({ type: 'paused' });
      await passOn(Message.pause);
    },
    { description: 'Hold: the running stage stops at a checkpoint, no other starts.' },
  );
  setHandler(
    resumeSignal,
    async (rateFactor) => {
      dispatch({ type: 'resumed' });
      await passOn(Message.resume, ...(rateFactor === undefined ? [] : [rateFactor]));
    },
    { description: 'Go on.' },
  );
  setHandler(stageChangedSignal, (change: StageChange) => {
    dispatch({ type: 'stage changed', change });
  });
  installApproval(() => state, dispatch);

  return {
    get state() {
      return state;
    },
    dispatch,
    untilRunnable: () => condition(() => !state.paused),
    askApproval: async () => {
      dispatch({ type: 'approval asked' });
      await condition(() => typeof state.approval === 'object');
      return state.approval as { approved: boolean; note: string };
    },
    direct: (next) => {
      stage = next;
    },
  };
}

function installApproval(
  state: () => PipelineState,
  dispatch: (event: PipelineEvent) => void,
): void {
  setHandler(
    approveUpdate,
    (note = 'approved') => {
      dispatch({ type: 'decided', approved: true, note });
      return 'Approved: the model is published.';
    },
    {
      validator: (note) => {
        assertDecidable(state(), note ?? 'approved');
      },
      description: 'Publish; the optional argument says who approved or why.',
    },
  );
  setHandler(
    rejectUpdate,
    (note) => {
      dispatch({ type: 'decided', approved: false, note });
      return 'Rejected: nothing is published.';
    },
    {
      validator: (note) => {
        assertDecidable(state(), note);
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
