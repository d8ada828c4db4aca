/**
 * Drives one workflow in the SDK's own sandbox, activation by activation, with no server. Unlike replay it shows what
 * activities are given. It reaches into the SDK's internals, which this file alone knows.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import { afterAll, beforeAll } from 'vitest';
import { bundleWorkflows } from '../../../workers/workflow-bundle.js';
import { createFakeActivities } from './fake-activities.js';

type Command = proto.coresdk.workflow_commands.IWorkflowCommand;
type Job = proto.coresdk.workflow_activation.IWorkflowActivationJob;
const { WorkflowActivation } = proto.coresdk.workflow_activation;

/** An activity that the workflow has asked for. */
export interface AskedActivity {
  seq: number;
  activityId: string;
  type: string;
  taskQueue: string;
  input: unknown;
}

/** What the workflow did in answer to one activation. */
export interface Answer {
  activities: AskedActivity[];
  /** Sequence numbers of activities it asked to cancel. */
  cancelled: number[];
  /** What it told other workflows. */
  told: { workflowId: string; signal: string; input: unknown }[];
  completed?: unknown;
  failure?: { message: string; type: string };
  continuedAsNew?: unknown;
  commands: Command[];
}

export interface SandboxWorkflow {
  start(): Promise<Answer>;
  /** An activity's result. */
  resolve(seq: number, result: unknown): Promise<Answer>;
  /** An activity that failed for good with a failure of Burnish's own. */
  fail(seq: number, failure: { message: string; type: string; details: unknown }): Promise<Answer>;
  /** An activity that ended as cancelled. */
  cancelled(seq: number): Promise<Answer>;
  signal(name: string, ...input: unknown[]): Promise<Answer>;
  query(name: string): Promise<unknown>;
  /** From the next activation on, the server suggests continuing as new. */
  suggestContinueAsNew(): void;
  dispose(): Promise<void>;
}

interface Sandbox {
  /** A workflow of its own, or below the parent of this id. */
  open(workflowType: string, input: unknown, parentId?: string): Promise<SandboxWorkflow>;
  close(): Promise<void>;
}

const runId = '00000000-0000-4000-8000-000000000000';
const now = Date.UTC(2026, 0, 1);

/** A sandbox for all tests of the file that calls it, open from before the first until after the last. */
export function useSandbox(): Pick<Sandbox, 'open'> {
  let sandbox: Sandbox | undefined;
  beforeAll(async () => {
    sandbox = await openSandbox();
  });
  afterAll(() => sandbox?.close());
  return {
    open: (...workflow) => {
      if (!sandbox)
        throw new Error('The sandbox opens before the first test, not while tests are found.');
      return sandbox.open(...workflow);
    },
  };
}

/** A sandbox with the bundled workflows; one for many workflows. Its bundle is gone once it is closed. */
async function openSandbox(): Promise<Sandbox> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const folder = await mkdtemp(join(tmpdir(), 'burnish-sandbox-'));
  const codePath = await bundleWorkflows(folder);
  const activityNames = Object.keys(createFakeActivities());
  const code = await readFile(codePath, 'utf8');
  const creator = await ReusableVMWorkflowCreator.create(
    parseWorkflowCode(code, codePath),
    400,
    new Set(activityNames),
  );
  return {
    open: (workflowType, input, parentId) =>
      openWorkflow(creator, { workflowType, parentId }, input),
    close: async () => {
      await creator.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openWorkflow(
  creator: ReusableVMWorkflowCreator,
  { workflowType, parentId }: { workflowType: string; parentId: string | undefined },
  input: unknown,
): Promise<SandboxWorkflow> {
  const workflowId = `sandbox/${workflowType}`;
  const started = new Date(now);
  const run = await creator.createWorkflow({
    info: {
      workflowId,
      runId,
      workflowType,
      namespace: 'default',
      taskQueue: 'burnish',
      firstExecutionRunId: runId,
      originalExecutionRunId: runId,
      attempt: 1,
      historyLength: 3,
      historySize: 300,
      continueAsNewSuggested: false,
      searchAttributes: {},
      ...(parentId && { parent: { workflowId: parentId, runId, namespace: 'default' } }),
      startTime: started,
      runStartTime: started,
      taskTimeoutMs: 10_000,
      unsafe: { now: Date.now, isReplaying: false, isReplayingHistoryEvents: false },
    } as never,
    randomnessSeed: [1, 2, 3, 4, 5, 6, 7, 8],
    now,
    showStackTraceSources: false,
  });
  let seconds = 0;
  let continueAsNewSuggested = false;
  const activate = async (...jobs: Job[]): Promise<Command[]> => {
    seconds += 1;
    const timestamp = { seconds: Math.floor(now / 1000) + seconds, nanos: 0 };
    const activation = { runId, timestamp, jobs, historyLength: 3, continueAsNewSuggested };
    const completion = await run.activate(WorkflowActivation.fromObject(activation));
    if (completion.failed) throw new Error(String(completion.failed.failure?.message));
    return completion.successful?.commands ?? [];
  };
  const answer = async (...jobs: Job[]): Promise<Answer> => answerOf(await activate(...jobs));
  const payloads = [defaultPayloadConverter.toPayload(input)];
  return {
    start: () => answer({ initializeWorkflow: { workflowId, workflowType, arguments: payloads } }),
    resolve: (seq, result) =>
      answer({
        resolveActivity: {
          seq,
          result: { completed: { result: defaultPayloadConverter.toPayload(result) } },
        },
      }),
    fail: (seq, { message, type, details }) =>
      answer({
        resolveActivity: {
          seq,
          result: { failed: { failure: failureOf({ message, type, details }) } },
        },
      }),
    cancelled: (seq) =>
      answer({
        resolveActivity: {
          seq,
          result: { cancelled: { failure: { message: 'cancelled', canceledFailureInfo: {} } } },
        },
      }),
    signal: (signalName, ...input) =>
      answer({
        signalWorkflow: {
          signalName,
          input: input.map((value) => defaultPayloadConverter.toPayload(value)),
        },
      }),
    query: async (queryType) => {
      const [command] = await activate({ queryWorkflow: { queryId: 'q', queryType } });
      const response = command?.respondToQuery?.succeeded?.response;
      return response && defaultPayloadConverter.fromPayload(response);
    },
    suggestContinueAsNew: () => {
      continueAsNewSuggested = true;
    },
    dispose: () => run.dispose(),
  };
}

/** As the server tells of it: an activity's failure, caused by the application's. */
function failureOf(given: { message: string; type: string; details: unknown }): object {
  const payloads = [defaultPayloadConverter.toPayload(given.details)];
  return {
    message: 'Activity task failed',
    activityFailureInfo: { activityType: { name: 'trainSegment' }, activityId: 'segment' },
    cause: {
      message: given.message,
      applicationFailureInfo: { type: given.type, nonRetryable: true, details: { payloads } },
    },
  };
}

function answerOf(commands: Command[]): Answer {
  const valueOf = (payload: unknown): unknown =>
    payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
  const answer: Answer = { activities: [], cancelled: [], told: [], commands };
  for (const command of commands) {
    const asked = command.scheduleActivity;
    if (asked) {
      answer.activities.push({
        seq: asked.seq ?? 0,
        activityId: asked.activityId ?? '',
        type: asked.activityType ?? '',
        taskQueue: asked.taskQueue ?? '',
        input: valueOf(asked.arguments?.[0]),
      });
    }
    if (command.requestCancelActivity)
      answer.cancelled.push(command.requestCancelActivity.seq ?? 0);
    const signal = command.signalExternalWorkflowExecution;
    if (signal) {
      answer.told.push({
        workflowId: signal.workflowExecution?.workflowId ?? '',
        signal: signal.signalName ?? '',
        input: valueOf(signal.args?.[0]),
      });
    }
    const result = command.completeWorkflowExecution?.result;
    if (result) answer.completed = valueOf(result);
    const failure = command.failWorkflowExecution?.failure;
    if (failure) {
      const type = failure.applicationFailureInfo?.type ?? '';
      answer.failure = { message: failure.message ?? '', type };
    }
    const next = command.continueAsNewWorkflowExecution;
    if (next) answer.continuedAsNew = valueOf(next.arguments?.[0]);
  }
  return answer;
}
