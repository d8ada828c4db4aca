import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileProgram } from '../../../engine/graph/compile.js';
import { POLICY } from '../../../engine/model/language-model.js';
import { MOMENTS } from '../../../engine/optim/adamw.js';
import { loadState, saveState } from '../../../engine/training/state-files.js';
import { MetricLog } from '../../../engine/training/trainer.js';
import { fineTuningProgram, startFineTuning } from './training.js';
import type { Workload, WorkloadPlace } from './workload.js';

const seconds = (since: number): number => (performance.now() - since) / 1000;

/** A trainer's checkpoint: from the live variables to files, and from files into the live variables. */
export function createCheckpoint(place: WorkloadPlace): Workload {
  const { program, session } = startFineTuning(place);
  let folder = mkdtempSync(join(place.folder, 'checkpoint-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', remove);
  const groups = [POLICY, MOMENTS];
  return {
    run() {
      const begin = performance.now();
      // As training does: each checkpoint has a folder of its own. The other side removes its old file too.
      remove();
      folder = mkdtempSync(join(place.folder, 'checkpoint-'));
      saveState(folder, {
        program,
        session,
        groups,
        state: { stepIndex: 0 },
        metrics: new MetricLog(),
      });
      const save = seconds(begin);
      const saved = performance.now();
      loadState(folder, { session, groups });
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
