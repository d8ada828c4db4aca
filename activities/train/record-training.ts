import type { MetricMeter } from '@temporalio/common';
import type { TrainingProgress } from '../../contracts/training.js';

/** A recorder of training progress as gauges, tagged with the stage. */
export function createTrainingRecorder(meter: MetricMeter): (progress: TrainingProgress) => void {
  const step = meter.createGauge('burnish_training_step', 'float', '1', 'Steps done');
  const metric = meter.createGauge('burnish_training_metric', 'float', '1', 'Loss or mean score');
  const speed = meter.createGauge('burnish_training_tokens_per_second', 'float', '1', 'Tokens/s');
  return (progress) => {
    const tags = { stage: progress.stage };
    step.set(progress.stepIndex, tags);
    // A loss that is not a number is the engine's to report; a gauge refuses it.
    if (Number.isFinite(progress.metric.value)) {
      metric.set(progress.metric.value, { ...tags, metric: progress.metric.name });
    }
    speed.set(progress.tokensPerSecond, tags);
  };
}
