import type { RunReport } from '../../contracts/report.js';
import { formatSigned } from '../../text/quantities.js';
import { html, type Html } from '../html.js';
import { lineChart } from '../charts/line-chart.js';
import { figureGrid, missingPart, simulatedSuffix, type Section } from '../page.js';
import { metricsChart } from './training-sections.js';

type PolicyCurves = NonNullable<RunReport['optimizePolicy']>;

interface PolicyChart {
  title: string;
  /** By metric, what its line is called. */
  lines: Record<string, string>;
  note?: string;
  low?: number;
}

const CHARTS: PolicyChart[] = [
  {
    title: 'Score of the reward models',
    lines: { 'objective/score': 'score', 'objective/reward': 'with KL penalty' },
  },
  { title: 'KL to the reference, nats a text', lines: { 'objective/kl': 'KL' }, low: 0 },
  { title: 'KL coefficient', lines: { 'kl/coefficient': 'coefficient' } },
  { title: 'Entropy, nats', lines: { 'objective/entropy': 'entropy' } },
  {
    title: 'Clip fraction',
    lines: { 'policy/clip_fraction': 'policy', 'value/clip_fraction': 'value' },
    low: 0,
  },
  {
    title: 'Content kept and texts that end',
    lines: { 'reward/content_kept': 'content kept', 'tokens/ended_share': 'ended by itself' },
  },
  { title: 'Response length, tokens', lines: { 'tokens/response_mean': 'tokens' } },
  {
    title: 'Explained variance of the value head',
    lines: { 'value/explained_variance': 'explained variance' },
    note: '1 is perfect, 0 no better than the mean.',
  },
  { title: 'Losses', lines: { 'policy/loss': 'policy', 'value/loss': 'value' } },
  {
    title: 'Approximate KL of the updates, nats a token',
    lines: { 'policy/approx_kl': 'approximate KL' },
    low: 0,
  },
  {
    title: 'Probability ratio',
    lines: { 'ratio/mean': 'mean', 'ratio/first': 'before the first step' },
    note: 'Before the first step it must be 1: sampling and training agree.',
  },
];

/** PPO: what it optimised, how the scorer rates its samples, and whether the run was healthy. */
export function policySection({ optimizePolicy, scores, missing }: RunReport): Section {
  return {
    id: 'ppo',
    title: `Policy optimisation by PPO${simulatedSuffix(scores.simulated)}`,
    short: 'PPO',
    body: optimizePolicy
      ? policyBody(optimizePolicy)
      : missingPart('Policy optimisation', missing['optimizePolicy']),
  };
}

function policyBody(policy: PolicyCurves): Html {
  const [score, ...others] = CHARTS.map((chart, index) =>
    metricsChart(policy.metrics, { id: `ppo-${index}`, steps: 'iteration', ...chart }),
  );
  return figureGrid([scorerFigure(policy), score, ...others], 'Every curve');
}

/** The reward models' scores beside the scorer's; where they diverge, the policy exploits the reward models. */
function scorerFigure({ scorerCurve }: PolicyCurves): Html {
  const chart = lineChart({
    id: 'ppo-scorer',
    title: 'Reward models and the scorer itself',
    steps: 'iteration',
    series: [
      {
        name: 'reward models',
        points: scorerCurve.map((point) => [point.iteration, point.rewardModel]),
      },
      { name: 'scorer', points: scorerCurve.map((point) => [point.iteration, point.scorer]) },
    ],
    note: changeOf(scorerCurve),
  });
  return chart ?? html`<figure>${missingPart('The scorer’s curve')}</figure>`;
}

function changeOf(curve: PolicyCurves['scorerCurve']): string {
  const [first, last] = [curve[0], curve.at(-1)];
  if (!first || !last) return '';
  const rewardModel = formatSigned(last.rewardModel - first.rewardModel, 2);
  const scorer = formatSigned(last.scorer - first.scorer, 2);
  return (
    `Mixed score of the policy’s samples on fixed validation descriptions, standardised. ` +
    `From first to last: reward models ${rewardModel}, scorer ${scorer}.`
  );
}
