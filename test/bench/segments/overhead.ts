import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { SegmentInput } from '../../../contracts/training.js';
import { createEngine } from '../../../engine/process/client.js';
import { inheritVariables, readEnvironment } from '../../../infra/environment.js';
import { readArtifact } from '../../../storage/artifacts.js';
import { startInstallation, type Installation } from '../../chaos/installation.js';
import { watchRun } from '../../chaos/run-watch.js';

const SEGMENT_SECONDS = 30;
const WORKFLOW = 'overhead';
const LIMIT_MS = 1_800_000;

const recipe = {
  name: WORKFLOW,
  seed: 7,
  stopAfter: 'fineTune',
  collect: { maxRows: 4000 },
  fineTune: { learningRate: 7e-4, epochs: 4, batchSize: 16, maxTokens: 112 },
  compute: { segmentSeconds: SEGMENT_SECONDS, checkpointSeconds: SEGMENT_SECONDS },
};

/** The wall time of the stage through Temporal and the store over that of the same loop in a bare engine process. */
export async function measureOverhead(folder: string): Promise<string> {
  const installation = await startInstallation(join(folder, 'installation'), 0);
  try {
    const watch = await watchRun(installation.temporalAddress, {
      workflowId: WORKFLOW,
      recipe,
      limitMs: LIMIT_MS,
    });
    const end = await watch.untilEnd();
    await watch.close();
    if ('failure' in end) throw new Error(`the run failed: ${end.failure}`);
    const { input, count, wall } = await segmentsOf(installation);
    const direct = await trainDirectly(installation, input, folder);
    const ratio = wall / direct;
    return `\`fineTune\` in ${count} segments of at most ${SEGMENT_SECONDS} s through Temporal and S3: ${wall.toFixed(1)} s from the first segment's start to the last one's end; the same loop called directly: ${direct.toFixed(1)} s; ratio ${ratio.toFixed(3)} (must ≤ 1.02).`;
  } finally {
    await installation.stop();
  }
}

/** The first segment's input, how many there were, and seconds from the first one's schedule to the last one's end. */
async function segmentsOf({ temporalAddress }: Installation): Promise<{
  input: SegmentInput;
  count: number;
  wall: number;
}> {
  const connection = await Connection.connect({ address: temporalAddress });
  const handle = new Client({ connection }).workflow.getHandle(`${WORKFLOW}/fineTune`);
  const events = (await handle.fetchHistory()).events ?? [];
  const scheduled = events.filter(
    ({ activityTaskScheduledEventAttributes: one }) => one?.activityType?.name === 'trainSegment',
  );
  const ids = new Set(scheduled.map(({ eventId }) => String(eventId)));
  const ended = events.filter(({ activityTaskCompletedEventAttributes: one }) =>
    ids.has(String(one?.scheduledEventId)),
  );
  await connection.close();
  const payload = scheduled[0]?.activityTaskScheduledEventAttributes?.input?.payloads?.[0];
  if (!payload) throw new Error('the run has no segment');
  return {
    input: defaultPayloadConverter.fromPayload<SegmentInput>(payload),
    count: scheduled.length,
    wall: secondsOf(ended.at(-1)?.eventTime) - secondsOf(scheduled[0]?.eventTime),
  };
}

function secondsOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) + (time?.nanos ?? 0) / 1e9;
}

async function trainDirectly(
  { store }: Installation,
  input: SegmentInput,
  folder: string,
): Promise<number> {
  const inputs: Record<string, string> = {};
  for (const [name, ref] of Object.entries(input.inputs))
    inputs[name] = await readArtifact(store, ref, join(folder, 'direct'));
  const workFolder = join(folder, 'work');
  mkdirSync(workFolder);
  const engine = createEngine({
    threads: readEnvironment().threads,
    cacheFolder: join(folder, 'engine'),
    log: () => undefined,
    environment: inheritVariables({}),
  });
  const begun = performance.now();
  await engine.run({
    kind: 'train',
    method: input.method,
    seed: input.seed,
    settings: input.settings,
    inputs,
    workFolder,
    maxSeconds: LIMIT_MS,
    checkpointSeconds: LIMIT_MS,
  });
  const seconds = (performance.now() - begun) / 1000;
  await engine.close();
  return seconds;
}
