import type { PipelineProgress, StageStatus } from '../contracts/stages.js';

/** Markdown for the Temporal UI: what runs now, and a line for each stage. */
export function pipelineDetails(progress: PipelineProgress): string {
  const head = `Recipe **${progress.recipe}**: ${progress.state}`;
  const rows = progress.stages.map(
    (status) => `| ${status.stage} | ${status.state} | ${seconds(status)} | ${note(status)} |`,
  );
  return [head, '', '| stage | state | seconds | |', '|---|---|---|---|', ...rows].join('\n');
}

function seconds(status: StageStatus): string {
  return status.seconds === undefined ? '' : status.seconds.toFixed(1);
}

function note({ message, training }: StageStatus): string {
  if (message !== undefined)
    return message.replaceAll('|', '/').replaceAll('\n', ' ').slice(0, 200);
  if (!training) return '';
  const { stepIndex, stepCount, metric } = training;
  return `step ${stepIndex} of ${stepCount}, ${metric.name} ${metric.value.toPrecision(4)}`;
}
