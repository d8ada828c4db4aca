import type { RunReport } from '../../contracts/report.js';
import { renderPage } from '../page.js';
import { evaluationSection } from './evaluation-section.js';
import { headline } from './headline.js';
import { policySection } from './policy-section.js';
import { artifactsSection, setupSection } from './provenance-sections.js';
import { samplesSection } from './samples-section.js';
import { timelineSection } from './timeline-section.js';
import { fineTuneSection, pretrainSection, rewardSection } from './training-sections.js';

/**
 * One self-contained page on a run: no script, no font, no request.
 *
 * The same data gives the same bytes. A missing part gives a section with the reason.
 */
export function renderReport(report: RunReport): string {
  const sections = [
    evaluationSection(report),
    samplesSection(report),
    policySection(report),
    rewardSection(report),
    fineTuneSection(report),
    pretrainSection(report),
    timelineSection(report),
    setupSection(report),
    artifactsSection(report),
  ].filter((section) => section !== undefined);
  return renderPage({
    title: `${report.recipe.name} · Burnish run report`,
    header: headline(report),
    sections,
  });
}
