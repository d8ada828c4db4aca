import { loadJudge } from '../../providers/simulator/knowledge.js';
import { createScorer } from '../../providers/simulator/scorer/scorer.js';
import {
  createProbes,
  measureProbe,
  readProbeMaterial,
  type Probe,
  type ProbeMaterial,
} from '../support/made-up/simulator-probes.js';
import type { Scorer } from '../../providers/simulator/scorer/scorer.js';

/**
 * Prints the table of docs/simulator.md: noise-free means of every probe over the held-out rows.
 *
 * `node --import tsx test/bench/probe-table.ts`
 */
function printProbeTable(): void {
  const material = readProbeMaterial();
  const scorer = createScorer(loadJudge(), 1);
  const tail = searchFixedTail(material, scorer);
  const probes: Record<string, Probe> = {
    ...createProbes(material),
    'x + the best fixed tail a search finds': ({ x }) => `${x}, ${tail.join(', ')}`,
  };
  const rows = Object.entries(probes)
    .map(([name, probe]) => ({ name, ...measureProbe(scorer, probe, material.heldOut) }))
    .sort((a, b) => b.mix - a.mix);
  const lines = rows.map(
    ({ name, pick, aesthetic, mix, beatsData }) =>
      `| ${name} | ${pick.toFixed(2)} | ${aesthetic.toFixed(2)} | ${mix.toFixed(2)} | ${beatsData.toFixed(2)} |`,
  );
  process.stdout.write(
    `${material.heldOut.length} held-out pairs. Searched tail: ${tail.join(', ')}.\n\n` +
      `| y | pick | aesthetic | mix | beats the data's y |\n|---|---|---|---|---|\n${lines.join('\n')}\n`,
  );
}

const TAIL_LENGTH = 6;
const CANDIDATES = 250;
const SEARCH_PAIRS = 80;

/** The strongest x-independent tail that a greedy search over the popular modifiers finds on training rows. */
function searchFixedTail({ popular, train }: ProbeMaterial, scorer: Scorer): string[] {
  const step = Math.floor(train.length / SEARCH_PAIRS);
  const pairs = train.filter((_, place) => place % step === 0);
  const tail: string[] = [];
  while (tail.length < TAIL_LENGTH) {
    let best = { modifier: '', mix: -Infinity };
    for (const modifier of popular.slice(0, CANDIDATES)) {
      if (tail.includes(modifier)) continue;
      const probe: Probe = ({ x }) => [x, ...tail, modifier].join(', ');
      const { mix } = measureProbe(scorer, probe, pairs);
      if (mix > best.mix) best = { modifier, mix };
    }
    tail.push(best.modifier);
  }
  return tail;
}

printProbeTable();
