import type {
  EvaluationMethod,
  EvaluationMetric,
  RunReport,
  Verdict,
} from '../../contracts/report.js';
import { formatInterval, verdictWords } from './evaluation-words.js';
import { formatDuration, formatNumber, formatSigned, formatTime } from '../../text/quantities.js';
import { html, type Html } from '../html.js';
import { lastOf } from './training-sections.js';

/** The top of the page: what this is, whether scores are simulated, and the few numbers that matter. */
export function headline(report: RunReport): Html {
  const { recipe, run } = report;
  const seconds = (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000;
  const took = Number.isFinite(seconds) ? `, ${formatDuration(seconds)}` : '';
  return html`<header>
    <p class="kicker">Burnish run report</p>
    <h1>${recipe.name}</h1>
    <p class="lead">
      ${formatTime(run.startedAt)}${took} · seed ${recipe.seed} · recipe
      <code>${recipe.digest.slice(0, 12)}</code>
    </p>
    ${report.scores.simulated && simulatedNotice()}
    <dl class="tiles">${tiles(report)}</dl>
    ${report.publish && html`<p class="outcome">${report.publish.message}</p>`}
  </header>`;
}

function simulatedNotice(): Html {
  return html`<p class="notice">
    <strong>Scores on this page are simulated.</strong> No picture was rendered: an offline stand-in
    with fixed rules took the place of the image model and its judges. The numbers show that the
    pipeline learns what it is asked to; they say nothing about picture quality.
  </p>`;
}

function tiles(report: RunReport): (Html | undefined)[] {
  const gain = report.evaluation?.differences.find(
    ({ of, against }) => of === 'ppo' && against === 'sft',
  )?.metrics.mixed;
  const kept = (method: EvaluationMethod) => meanOf(report, method, 'contentKept');
  const [keptBefore, keptAfter] = [kept('sft'), kept('ppo')];
  const ended = meanOf(report, 'ppo', 'endedByItself');
  const length = meanOf(report, 'ppo', 'words');
  return [
    gain &&
      tile('PPO \u2212 SFT, mixed score', formatSigned(gain.mean, 2), {
        note: `${verdictWords('mixed', gain.verdict)} ${formatInterval(gain, 2)}`,
        verdict: gain.verdict,
      }),
    keptAfter !== undefined && keptBefore !== undefined
      ? tile('Content kept after PPO', formatNumber(keptAfter, 3), {
          note: `SFT ${formatNumber(keptBefore, 3)}`,
        })
      : undefined,
    ended !== undefined && length !== undefined
      ? tile('Ended by itself after PPO', `${formatNumber(100 * ended, 0)} %`, {
          note: `${formatNumber(length, 1)} words a text`,
        })
      : undefined,
    correlationTile(report),
    report.publish &&
      tile('Published', report.publish.version ?? 'no', {
        note: report.publish.aliasMoved ? 'alias moved' : 'alias not moved',
      }),
  ];
}

function correlationTile({ pickReward, aestheticReward }: RunReport): Html | undefined {
  const pick = pickReward && lastOf(pickReward, 'validation/spearman');
  const aesthetic = aestheticReward && lastOf(aestheticReward, 'validation/spearman');
  if (pick === undefined || aesthetic === undefined) return undefined;
  const value = `${formatNumber(aesthetic, 2)} / ${formatNumber(pick, 2)}`;
  return tile('Reward model Spearman', value, { note: 'aesthetic / pick, held out' });
}

function tile(name: string, value: string, detail: { note: string; verdict?: Verdict }): Html {
  const { note, verdict = 'none' } = detail;
  return html`<div class="tile verdict-${verdict}">
    <dt>${name}</dt>
    <dd class="value">${value}</dd>
    <dd class="note">${note}</dd>
  </div>`;
}

function meanOf(
  { evaluation }: RunReport,
  method: EvaluationMethod,
  metric: EvaluationMetric,
): number | undefined {
  return evaluation?.methods.find((found) => found.method === method)?.metrics[metric]?.mean;
}
