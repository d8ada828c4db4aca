import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileProgram } from '../../../engine/graph/compile.js';
import { POLICY } from '../../../engine/model/language-model.js';
import { TrainingState } from '../../../engine/training/training-state.js';
import { adam, fineTuningProgram, startFineTuning } from './training.js';
import type { Workload, WorkloadPlace } from './workload.js';

const seconds = (since: number): number => (performance.now() - since) / 1000;

/** A trainer's checkpoint: from the live variables to files, and from files into the live variables. */
export function createCheckpoint(place: WorkloadPlace): Workload {
  const { program, session } = startFineTuning(place);
  const state = new TrainingState({
    program,
    session,
    weights: POLICY,
    settings: { ...adam, learningRate: 1e-4, warmupShare: 0, finalShare: 0 },
    stepCount: 1,
    judgedBy: { metric: 'validation/loss', better: 'lower' },
  });
  let folder = mkdtempSync(join(place.folder, 'checkpoint-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return {
    run() {
      const begin = performance.now();
      // As training does: each checkpoint has a folder of its own. The other side removes its old file too.
      remove();
      folder = mkdtempSync(join(place.folder, 'checkpoint-'));
      state.save(folder);
      const save = seconds(begin);
      const saved = performance.now();
      state.restore(folder);
      return { save, load: seconds(saved) };
    },
  };
}

/** Recording, writing and loading the training graph: without a cached graph, then with one. */
export function createCompile({ size, folder }: WorkloadPlace): Workload {
  return {
    run() {
      const cache = mkdtempSync(join(folder, 'compile-'));
      try {
        const begin = performance.now();
        compileProgram(fineTuningProgram(size), cache).dispose();
        const fresh = seconds(begin);
        const again = performance.now();
        compileProgram(fineTuningProgram(size), cache).dispose();
        return { fresh, cached: seconds(again) };
      } finally {
        rmSync(cache, { recursive: true, force: true });
      }
    },
  };
}
