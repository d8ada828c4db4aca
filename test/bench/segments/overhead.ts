import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { Queue, WorkflowType } from '../../../contracts/names.js';
import { fetchInputs } from '../../../activities/train/prepare-segment.js';
import type { SegmentInput } from '../../../contracts/training.js';
import { createEngine, type Engine } from '../../../engine/process/client.js';
import { inheritVariables, readEnvironment } from '../../../infra/environment.js';
import { readArtifact } from '../../../storage/artifacts.js';
import { startInstallation, type Installation } from '../../chaos/installation.js';

const SEGMENT_SECONDS = 30;
/** Times each side is measured, in turn: a machine's speed changes by more than what is looked for. */
const ROUNDS = 3;
const LIMIT_SECONDS = 1800;

/** The rate tells the rounds apart, or the second would find the first one's model. */
const recipeOf = (round: number) => ({
  name: 'overhead',
  seed: 7,
  stopAfter: 'fineTune',
  collect: { maxRows: 4000 },
  fineTune: { learningRate: 7e-4 + round * 1e-6, epochs: 3, batchSize: 16, maxTokens: 112 },
  compute: { segmentSeconds: SEGMENT_SECONDS, checkpointSeconds: SEGMENT_SECONDS },
});

/** The wall time of the stage through Temporal and the store over that of the same loop in a bare engine process. */
export async function measureOverhead(folder: string): Promise<string> {
  const installation = await startInstallation(join(folder, 'installation'), 0, { direct: true });
  const engine = createEngine({
    threads: readEnvironment().threads,
    cacheFolder: join(folder, 'engine'),
    log: () => undefined,
    environment: inheritVariables({}),
  });
  const connection = await Connection.connect({ address: installation.temporalAddress });
  const client = new Client({ connection });
  const rounds: { count: number; wall: number; direct: number; still: number[] }[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const workflowId = `overhead-${round}`;
      // Nobody watches: whoever asks how far a run is takes processor time from it.
      await client.workflow.execute(WorkflowType.pipeline, {
        taskQueue: Queue.burnish,
        workflowId,
        args: [recipeOf(round)],
      });
      const { input, ...segments } = await segmentsOf(client, workflowId);
      const cacheFolder = join(folder, `direct-${round}`);
      const direct = await trainDirectly(engine, { input, installation, cacheFolder });
      rounds.push({ ...segments, direct });
    }
  } finally {
    await engine.close();
    await connection.close();
    await installation.stop();
  }
  const walls = rounds.map(({ wall }) => wall.toFixed(1)).join(', ');
  const directs = rounds.map(({ direct }) => direct.toFixed(1)).join(', ');
  const ratios = rounds.map(({ wall, direct }) => wall / direct).sort((a, b) => a - b);
  const middle = ratios[ratios.length >> 1] ?? NaN;
  const still = rounds.flatMap((round) => round.still);
  const meanStill = still.reduce((sum, seconds) => sum + seconds, 0) / still.length;
  return `\`fineTune\` in ${rounds[0]?.count} segments of at most ${SEGMENT_SECONDS} s through Temporal and S3: ${walls} s from the first segment's start to the last one's end; in turn with it, the same loop called directly: ${directs} s; median of the ratios ${middle.toFixed(3)}, ${ratios[0]?.toFixed(3)} to ${ratios.at(-1)?.toFixed(3)} (must ≤ 1.02). Between two segments training stands still for ${meanStill.toFixed(2)} s, ${((100 * meanStill) / SEGMENT_SECONDS).toFixed(1)} %.`;
}

/**
 * The first segment's input, how many there were, seconds from the first one's schedule to the last one's end, and how
 * long each took from its schedule to the next one's beyond its time; the first, which loads the model, is left out.
 */
async function segmentsOf(
  client: Client,
  workflowId: string,
): Promise<{
  input: SegmentInput;
  count: number;
  wall: number;
  still: number[];
}> {
  const handle = client.workflow.getHandle(`${workflowId}/fineTune`);
  const events = (await handle.fetchHistory()).events ?? [];
  const scheduled = events.filter(
    ({ activityTaskScheduledEventAttributes: one }) => one?.activityType?.name === 'trainSegment',
  );
  const ids = new Set(scheduled.map(({ eventId }) => String(eventId)));
  const ended = events.filter(({ activityTaskCompletedEventAttributes: one }) =>
    ids.has(String(one?.scheduledEventId)),
  );
  const payload = scheduled[0]?.activityTaskScheduledEventAttributes?.input?.payloads?.[0];
  if (!payload) throw new Error('the run has no segment');
  const starts = scheduled.map(({ eventTime }) => secondsOf(eventTime));
  const lengths = starts.slice(1).map((at, index) => at - (starts[index] ?? at));
  return {
    still: lengths.slice(1).map((seconds) => seconds - SEGMENT_SECONDS),
    input: defaultPayloadConverter.fromPayload<SegmentInput>(payload),
    count: scheduled.length,
    wall: secondsOf(ended.at(-1)?.eventTime) - secondsOf(scheduled[0]?.eventTime),
  };
}

function secondsOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) + (time?.nanos ?? 0) / 1e9;
}

async function trainDirectly(
  engine: Engine,
  place: { input: SegmentInput; installation: Installation; cacheFolder: string },
): Promise<number> {
  const { input, installation, cacheFolder } = place;
  const task = await fetchInputs(input, (ref) =>
    readArtifact(installation.store, ref, cacheFolder),
  );
  const workFolder = join(cacheFolder, 'job');
  mkdirSync(workFolder);
  const begun = performance.now();
  await engine.run({
    ...task,
    kind: 'train',
    seed: input.seed,
    workFolder,
    maxSeconds: LIMIT_SECONDS,
    checkpointSeconds: LIMIT_SECONDS,
  });
  return (performance.now() - begun) / 1000;
}
