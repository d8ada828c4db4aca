import { beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../../../web/report/render-report.js';
import type { RunReport } from '../../../../contracts/report.js';
import { madeUpReport } from '../../../support/made-up/made-up-report.js';
import { unclosedTags } from '../../../support/unclosed-tags.js';

let report: RunReport;
let page: string;

beforeAll(async () => {
  report = await madeUpReport();
  page = renderReport(report);
});

/** The report with every part taken away that may be absent. */
function bare(): RunReport {
  const { recipe, run, machine, versions, scores } = report;
  const missing = { optimizePolicy: 'the stage is failed (KL above 100) and left no results' };
  return {
    recipe,
    run,
    machine,
    versions,
    scores,
    stages: [],
    samples: [],
    artifacts: [],
    missing,
  };
}

const headings = (text: string) =>
  [...text.matchAll(/<h2[^>]*>([\s\S]*?)<\/h2>/g)].map(([, heading]) => heading!.trim());

describe('report page', () => {
  it('says of every guard that tripped which number it saw, where, and what followed', () => {
    const tripped = { measure: 'KL', value: '13.8', expected: 'at most 10', stepIndex: 3 };
    const stages = report.stages.map((stage) => ({
      ...stage,
      trips: [
        { ...tripped, answer: 'went back' as const, rateChange: { fromStep: 1, factor: 0.5 } },
        { ...tripped, value: '12.1', answer: 'ended' as const },
      ],
    }));
    const text = renderReport({ ...report, stages });
    expect(text).toContain(
      'At step 3 KL was 13.8, expected at most 10; it went back to step 1, on with the learning rate times 0.5.',
    );
    expect(text).toContain('At step 3 KL was 12.1, expected at most 10; the training ended.');
  });

  it('loads nothing: no script, no address, no reference but to itself', () => {
    expect(page).not.toContain('http');
    expect(page).not.toMatch(/<(script|iframe|img|object|embed)\b/i);
    expect(page).not.toMatch(/@import|url\((?!#)/);
    const references = [...page.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, target]) => target!);
    expect(references.length).toBeGreaterThan(5);
    for (const target of references) expect(target).toMatch(/^(#|data:,$)/);
  });

  it('closes every element it opens', () => {
    expect(unclosedTags(page)).toEqual([]);
    expect(unclosedTags(renderReport(bare()))).toEqual([]);
  });

  it('gives every id once, and every clip path has its own', () => {
    const ids = [...page.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    const used = [...page.matchAll(/url\(#([^)]*)\)/g)].map(([, id]) => id!);
    expect(used.length).toBeGreaterThan(0);
    expect(ids).toEqual(expect.arrayContaining(used));
  });

  it('has the same bytes for the same data', () => {
    expect(renderReport(report)).toBe(page);
  });

  it('escapes every text that comes from data', () => {
    const evil = '<script>alert("&\'")</script>';
    const escaped = '&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;';
    const [first] = report.samples;
    const attacked = renderReport({
      ...report,
      recipe: { ...report.recipe, name: evil, settings: { ...report.recipe.settings, name: evil } },
      machine: { [evil]: evil },
      stages: report.stages.map((stage) => ({ ...stage, message: evil, summary: { [evil]: 1 } })),
      evaluation: { ...report.evaluation!, tail: evil },
      samples: [{ ...first!, texts: { ...first!.texts, ppo: { y: evil, metrics: {} } } }],
      publish: { aliasMoved: false, message: evil },
      artifacts: [{ ...report.artifacts[0]!, name: evil }],
      missing: { pickReward: evil },
    });
    expect(attacked).not.toContain('<script');
    expect(attacked.split(escaped).length).toBeGreaterThan(12);
  });

  it('says in the headings that scores are simulated, and only then', () => {
    const simulated = headings(page).filter((heading) => heading.includes('(simulated scores)'));
    expect(simulated.map((heading) => heading.replace(' (simulated scores)', ''))).toEqual([
      'Evaluation on held-out descriptions',
      'Before and after',
      'Policy optimisation by PPO',
      'Reward models',
    ]);
    const real = { simulated: false, model: 'pickscore' };
    const evaluation = { ...report.evaluation!, scores: real };
    expect(renderReport({ ...report, scores: real, evaluation })).not.toContain('imulated');
  });

  it('states differences in words, and calls an interval across zero unproven', () => {
    const differences = report.evaluation!.differences.map((difference) => ({
      ...difference,
      metrics: {
        mixed: { mean: 0.04, low: -0.05, high: 0.13, verdict: 'unproven' as const },
      },
    }));
    const unproven = renderReport({
      ...report,
      evaluation: { ...report.evaluation!, differences },
    });
    expect(page).toContain('Proven gain');
    expect(unproven).toContain('No proven gain');
    expect(unproven).toContain('+0.04 [\u22120.05, +0.13], crosses zero');
    expect(unproven).not.toContain('Proven gain');
  });

  it('shows twenty samples side by side and marks what was lost', () => {
    expect(page.match(/class="text-ppo"/g)).toHaveLength(20);
    expect(page.match(/class="text-sft"/g)).toHaveLength(20);
    expect(page).toContain('<s>red</s>');
    expect(page).toContain('(empty)');
  });

  it('shows every digest of every artifact', () => {
    for (const { ref } of report.artifacts) expect(page).toContain(ref.digest);
  });

  it('describes every chart to those who cannot see it', () => {
    const drawings = page.match(/<svg [^>]*>/g)!;
    expect(drawings.length).toBeGreaterThan(25);
    for (const drawing of drawings) expect(drawing).toMatch(/role="img" aria-label="[^"]{8,}"/);
  });

  it('says what is missing and why instead of failing', () => {
    const text = renderReport(bare());
    expect(text).toContain('Policy optimisation is missing: the stage is failed (KL above 100)');
    expect(text).toContain('The evaluation is missing');
    expect(text).toContain('Fine-tuning is missing');
    expect(headings(text)).toHaveLength(headings(page).length);
  });

  it('survives curves with values that are no numbers and stages that never started', () => {
    const metrics = [
      { step: 0, 'train/loss': NaN },
      { step: 1, 'train/loss': null as unknown as number },
    ];
    const text = renderReport({
      ...report,
      fineTune: { metrics, summary: {} },
      stages: [{ stage: 'collect', state: 'waiting' }],
    });
    expect(text).not.toContain('NaN');
    expect(text).not.toContain('undefined');
    expect(text).toContain('Every curve is missing: no values were logged');
  });
});
