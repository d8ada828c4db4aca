import type { RunReport } from '../contracts/report.js';
import { Html, html } from './html.js';
import { pageStyle } from './page-style.js';
import { evaluationSection } from './sections/evaluation-section.js';
import { headline } from './sections/headline.js';
import { policySection } from './sections/policy-section.js';
import { artifactsSection, setupSection } from './sections/provenance-sections.js';
import { samplesSection } from './sections/samples-section.js';
import { timelineSection } from './sections/timeline-section.js';
import { fineTuneSection, pretrainSection, rewardSection } from './sections/training-sections.js';

/**
 * One self-contained page on a run: no script, no font, no request.
 *
 * The same data gives the same bytes. A missing part gives a section that says so.
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
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${report.recipe.name} · Burnish run report</title>
        <style>
          ${new Html(pageStyle)}
        </style>
      </head>
      <body>
        <main>
          ${headline(report)}
          <nav aria-label="Contents">
            ${sections.map(({ id, short }) => html`<a href="#${id}">${short}</a>`)}
          </nav>
          ${sections.map(
            ({ id, title, body }) =>
              html`<section id="${id}" aria-labelledby="${id}-title">
                <h2 id="${id}-title">${title}</h2>
                ${body}
              </section>`,
          )}
        </main>
        <footer>Made by Burnish. This page loads nothing from elsewhere.</footer>
      </body>
    </html> `;
  return `${page.text.trim()}\n`;
}
