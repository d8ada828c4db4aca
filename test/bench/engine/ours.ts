import { createInterface } from 'node:readline';
import { createGeneration } from './generation.js';
import { createPpo } from './optimization.js';
import type { SizeName } from './sizes.js';
import { createCheckpoint, createCompile } from './storing.js';
import { createReward, createSft } from './training.js';
import type { Workload, WorkloadPlace } from './workload.js';

const workloads: Record<string, (place: WorkloadPlace) => Workload> = {
  sft: createSft,
  reward: createReward,
  generation: createGeneration,
  ppo: createPpo,
  checkpoint: createCheckpoint,
  compile: createCompile,
};

const say = (message: object): void => {
  process.stdout.write(`@${JSON.stringify(message)}\n`);
};

/** Burnish's side of a comparison; the protocol is that of test/bench/pytorch/side.py. */
async function serve([part = '', size = '', folder = '']: string[]): Promise<void> {
  const create = workloads[part];
  if (!create) throw new Error(`no workload ${part}`);
  const workload = create({ size: size as SizeName, folder });
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const { calls } = JSON.parse(line) as { calls: number };
    const cpu = process.cpuUsage();
    const begin = performance.now();
    let measured = undefined;
    for (let call = 0; call < calls; call += 1) measured = await workload.run();
    const seconds = (performance.now() - begin) / 1000 / calls;
    const { user, system } = process.cpuUsage(cpu);
    say({ seconds, cpuSeconds: (user + system) / 1e6 / calls, ...measured });
  }
  say({ peakRssMib: process.resourceUsage().maxRSS / 1024 });
}

await serve(process.argv.slice(2));
