import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TrainTerms } from '../../../contracts/engine-job.js';
import type { TrainingTask } from '../../../contracts/training.js';
import { fineTuneSchema } from '../../../recipe/sections/training.js';
import { createEngine, EngineStoppedError } from '../../../engine/process/client.js';
import type { Engine } from '../../../engine/process/client.js';
import { makeFolder } from '../../support/folders.js';
import { writeTinyDataset, writeTinyModel } from '../../support/made-up/tiny-model.js';

/** Long enough, at 8 short steps each, that a message is heard before the end on any machine. */
const EPOCHS = 60;

type SftJob = TrainingTask<string, 'sft'> & TrainTerms;

interface Setting {
  engine: Engine;
  job: (options?: Partial<SftJob>) => SftJob;
  folder: string;
  log: string[];
}

async function open(limits: { stallMs?: number } = {}): Promise<Setting> {
  const folder = await makeFolder();
  writeTinyModel(join(folder, 'model'));
  writeTinyDataset(join(folder, 'dataset'));
  const log: string[] = [];
  const engine = createEngine({
    threads: 1,
    cacheFolder: join(folder, 'cache'),
    log: (line) => log.push(line),
    environment: { PATH: '/usr/bin:/bin' },
    ...limits,
  });
  onTestFinished(() => engine.close());
  let count = 0;
  const job = (options: Partial<SftJob> = {}): SftJob => {
    count += 1;
    const workFolder = join(folder, `work-${count}`);
    mkdirSync(workFolder);
    return {
      kind: 'train',
      method: 'sft',
      seed: 1,
      settings: {
        ...fineTuneSchema.parse({
          batchSize: 4,
          epochs: EPOCHS,
          maxTokens: 64,
          learningRate: 1e-3,
        }),
        template: 'Input: {x}\nOutput:',
      },
      inputs: { dataset: join(folder, 'dataset'), model: join(folder, 'model') },
      workFolder,
      maxSeconds: 600,
      checkpointSeconds: 600,
      ...options,
    };
  };
  return { engine, job, folder, log };
}

const weights = (folder: string): string =>
  readFileSync(join(folder, 'model.safetensors')).toString('base64');

describe('the engine process', () => {
  it('asked to stop, hands over a checkpoint from which the run ends as if it had never stopped', async () => {
    const { engine, job } = await open();
    const whole = await engine.run(job());
    expect(whole.status).toBe('completed');

    const stop = new AbortController();
    const paused = await engine.run(job(), {
      onProgress: () => {
        stop.abort();
      },
      signal: stop.signal,
    });
    expect(paused.status).toBe('paused');
    expect(paused.checkpoint.stepIndex).toBeLessThan(8 * EPOCHS);
    const resumed = await engine.run(
      job({ resumeFrom: paused.checkpoint.folder, resumeDigest: 'not the one retained' }),
    );
    expect(weights(resumed.result!.modelFolder)).toBe(weights(whole.result!.modelFolder));
    expect(resumed.result!.summary).toEqual(whole.result!.summary);
  });

  it('goes on from memory when the retained digest is asked for, to the same end', async () => {
    const { engine, job } = await open();
    const whole = await engine.run(job());
    const paused = await engine.run(job({ maxSeconds: 0.02 }));
    expect(paused.status).toBe('paused');
    engine.retain('digest of it');
    expect(engine.heldDigest).toBe('digest of it');
    const warm = await engine.run(job({ resumeDigest: 'digest of it' }));
    expect(weights(warm.result!.modelFolder)).toBe(weights(whole.result!.modelFolder));
    expect(engine.heldDigest).toBeUndefined();
  });

  it('does not begin anew when the state it was to go on from is lost', async () => {
    const { engine, job } = await open();
    await expect(engine.run(job({ resumeDigest: 'nobody has it' }))).rejects.toMatchObject({
      name: 'StateLostError',
    });
  });

  it('killed, fails its job with the end of its log, and serves the next job anew', async () => {
    const { engine, job } = await open();
    const killed = engine.run(job(), {
      onProgress: () => {
        process.kill(engine.pid!, 'SIGKILL');
      },
    });
    await expect(killed).rejects.toMatchObject({
      name: 'EngineCrashedError',
      message: expect.stringContaining('SIGKILL') as string,
    });
    expect((await engine.run(job({ maxSeconds: 0.02 }))).status).toBe('paused');
  });

  it('killed a moment before a job is sent, fails that job alone, and says why in its log', async () => {
    const { engine, job, log } = await open();
    await engine.run(job({ maxSeconds: 0.02 }));
    process.kill(engine.pid!, 'SIGKILL');
    // Busy, the worker hears of the end only after it has sent the job.
    execFileSync('sleep', ['1']);
    await expect(engine.run(job())).rejects.toMatchObject({
      name: 'EngineCrashedError',
      message: expect.stringContaining('SIGKILL') as string,
    });
    expect((await engine.run(job({ maxSeconds: 0.02 }))).status).toBe('paused');
    expect(log.join('\n')).toContain('EPIPE');
  });

  it('that cannot be started fails its job, and serves the next when it can', async () => {
    const { engine, job } = await open();
    const { execPath } = process;
    process.execPath = '/no/such/program';
    const failed = engine.run(job());
    await expect(failed.finally(() => (process.execPath = execPath))).rejects.toMatchObject({
      name: 'EngineCrashedError',
      message: expect.stringMatching(/could not be started for a train job: .*ENOENT/) as string,
    });
    expect((await engine.run(job({ maxSeconds: 0.02 }))).status).toBe('paused');
  });

  it('hung, is ended, fails its job, and serves the next job anew', async () => {
    // Longer than TensorFlow takes to load.
    const { engine, job } = await open({ stallMs: 10_000 });
    let pid: number | undefined;
    const hung = engine.run(job(), {
      onProgress: () => {
        pid = engine.pid;
        process.kill(pid!, 'SIGSTOP');
      },
    });
    await expect(hung).rejects.toMatchObject({
      name: 'EngineStalledError',
      message: expect.stringContaining('said nothing for 10 s') as string,
    });
    expect((await engine.run(job({ maxSeconds: 0.02 }))).status).toBe('paused');
    expect(engine.pid).not.toBe(pid);
  });

  it('keeps one checkpoint on its way at most, and trains on meanwhile', async () => {
    const { engine, job } = await open();
    let under = 0;
    let most = 0;
    const steps: number[] = [];
    await engine.run(job({ checkpointSeconds: 0.02 }), {
      onCheckpoint: async ({ stepIndex }) => {
        steps.push(stepIndex);
        under += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setTimeout(resolve, 30));
        under -= 1;
      },
    });
    expect(most).toBe(1);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.every((step, index) => index === 0 || step > steps[index - 1]!)).toBe(true);
  });

  it('names what is wrong with a job and stays alive', async () => {
    const { engine, job, folder } = await open();
    const inputs = { model: join(folder, 'model') } as SftJob['inputs'];
    await expect(engine.run(job({ inputs }))).rejects.toThrow(
      'job sft: expected the input "dataset", found model',
    );
    const sampling = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 4, repetitionPenalty: 1 };
    const generated = await engine.run({
      kind: 'generate',
      modelFolder: join(folder, 'model'),
      prompts: ['a red fox', 'two old ships at night'],
      rowKeys: [0, 1],
      seed: 1,
      sampling,
      batchSize: 8,
    });
    expect(generated.rows).toHaveLength(2);
  });

  it('tells each text as it grows, the last time whole, when asked to', async () => {
    const { engine, folder } = await open();
    const job = {
      kind: 'generate' as const,
      modelFolder: join(folder, 'model'),
      prompts: ['a red fox', 'two old ships at night', 'snow'],
      rowKeys: [0, 1, 2],
      seed: 1,
      sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 6, repetitionPenalty: 1.2 },
      batchSize: 2,
    };
    const told: string[][] = [[], [], []];
    const onText = (row: number, text: string): void => {
      told[row]!.push(text);
    };
    const streamed = await engine.run({ ...job, stream: true }, { onText });
    expect(told.map((texts) => texts.at(-1))).toEqual(streamed.rows.map(({ text }) => text));
    expect(told.map((texts) => texts.length)).toEqual(
      streamed.rows.map(({ tokenCount }) => tokenCount),
    );
    const silent = await engine.run(job, {
      onText: () => {
        throw new Error('told without being asked');
      },
    });
    expect(silent.rows).toEqual(streamed.rows);
  });

  it('ends with its process when it heeds no stop while it has nothing to save; the next job gets another', async () => {
    const { engine, job } = await open();
    const short = { ...job().settings, epochs: 1 };
    await engine.run(job({ settings: short }));
    const { pid } = engine;
    // As long as it is held it is as deaf as one that loads or compiles.
    process.kill(pid!, 'SIGSTOP');
    const stopped = engine.run(job(), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toBeInstanceOf(EngineStoppedError);
    const outcome = await engine.run(job({ settings: short }));
    expect(outcome.status).toBe('completed');
    expect(engine.pid).not.toBe(pid);
  });
});
