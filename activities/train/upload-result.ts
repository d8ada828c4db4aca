import type { TrainOutcome } from '../../contracts/engine-job.js';
import { TrainingMethod } from '../../contracts/names.js';
import type { TrainingResult } from '../../contracts/training.js';
import { writeArtifact } from '../../storage/artifacts.js';
import type { ObjectStore } from '../../storage/object-store.js';

/** References of a completed training's model and metrics, stored as artifacts. */
export async function uploadResult(
  store: ObjectStore,
  method: TrainingMethod,
  result: NonNullable<TrainOutcome['result']>,
): Promise<TrainingResult> {
  const kind = method === TrainingMethod.reward ? 'reward-model' : 'model';
  const model = await writeArtifact(store, kind, result.modelFolder);
  const metrics = await writeArtifact(store, 'metrics', result.metricsFolder);
  return { model, metrics, summary: result.summary };
}
