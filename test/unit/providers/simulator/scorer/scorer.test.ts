import { describe, expect, it } from 'vitest';
import { loadJudge } from '../../../../../providers/simulator/knowledge.js';
import { createScorer } from '../../../../../providers/simulator/scorer/scorer.js';
import {
  createProbes,
  measureProbe,
  readProbeMaterial,
  type Probe,
  type ProbeResult,
} from '../../../../support/made-up/simulator-probes.js';

const material = readProbeMaterial();
const { knowledge } = material;
const judge = loadJudge();
// A third of the rows: means move by less than .03, every margin below is .1 or more.
const pairs = material.heldOut.filter((_, place) => place % 3 === 0);
const scorer = createScorer(judge, 1);
const results = new Map<string, ProbeResult>(
  Object.entries(createProbes(material)).map(([name, probe]) => [
    name,
    measureProbe(scorer, probe, pairs),
  ]),
);
const mixOf = (name: string): number => {
  const result = results.get(name);
  if (!result) throw new Error(`no probe named ${name}`);
  return result.mix;
};
const MARGIN = 0.1;

describe('the probe table of docs/simulator.md', () => {
  it('scores a fitting tail best of all', () => {
    for (const name of results.keys()) {
      if (name === 'x + 6 fitting modifiers') continue;
      expect(mixOf('x + 6 fitting modifiers'), name).toBeGreaterThan(mixOf(name) + 0.5);
    }
  });
  it.each([
    'x unchanged',
    'x + 2 popular modifiers',
    'x + 5 popular modifiers',
    'x + 10 popular modifiers',
    'x + 40 popular modifiers',
    'x + 6 random modifiers',
  ])("scores %s below the data's y", (name) => {
    expect(mixOf(name)).toBeLessThan(mixOf("the data's y") - MARGIN);
  });
  it("does not score a broad tail chosen by hand above the data's y", () => {
    expect(mixOf('x + one broad tail, chosen by hand')).toBeLessThan(mixOf("the data's y"));
  });
  it("scores the best fixed tail that a search on the scorer finds below the data's y", () => {
    const tail = ({ x }: { x: string }) =>
      `${x}, high resolution, chiaroscuro, j. c. leyendecker, centered, unreal 5, pastel colors`;
    expect(measureProbe(scorer, tail, pairs).mix).toBeLessThan(mixOf("the data's y"));
  });
  it("judges training rows no better than held-out ones, or reward models would learn another world's scores", () => {
    const step = Math.floor(material.train.length / 500);
    const train = material.train.filter((_, place) => place % step === 0);
    for (const write of [({ x }) => x, ({ y }) => y] satisfies Probe[]) {
      const [seen, unseen] = [train, material.heldOut].map((rows) =>
        measureProbe(scorer, write, rows),
      );
      expect(Math.abs(seen!.aesthetic - unseen!.aesthetic)).toBeLessThan(0.08);
      expect(Math.abs(seen!.pick - unseen!.pick)).toBeLessThan(0.1);
    }
  });
  it.each([
    'the tail without x',
    'half of x + the tail',
    'x three times',
    'x + "highly detailed" x 8',
    'x + 40 popular modifiers',
    "another row's y",
    'x + gibberish',
    'x shuffled',
  ])('scores %s below x unchanged', (name) => {
    expect(mixOf(name)).toBeLessThan(mixOf('x unchanged') - MARGIN);
  });
  it.each([
    ["the data's y, shuffled", 0.7],
    ["the data's y without one word of x", 0.2],
    ["the data's y, cut at 60 %", 0.2],
  ])("takes from %s at least %d of the data's mix", (name, loss) => {
    expect(mixOf(name)).toBeLessThan(mixOf("the data's y") - loss);
  });
  it('keeps pick and aesthetic in order, each by itself', () => {
    const data = results.get("the data's y")!;
    const unchanged = results.get('x unchanged')!;
    expect(data.pick).toBeGreaterThan(unchanged.pick + 0.4);
    expect(data.aesthetic).toBeGreaterThan(unchanged.aesthetic + 0.4);
  });
});

describe('mistakes of earlier scorers', () => {
  it('does not count modifiers inside x as fitting', () => {
    const text = 'a cat, volumetric lighting, oil painting, sharp focus';
    const { pick } = scorer.explainScores(text, text);
    expect(pick.terms['fit']).toBe(0);
    expect(pick.terms['rich']).toBe(0);
    expect(scorer.explainScores('a cat', text).pick.terms['rich']).toBeGreaterThan(0.3);
  });
  it('gives a modifier never seen with a subject no bonus for it', () => {
    const { tables } = knowledge;
    const affinity = tables.affinity.forSubject(['cat']);
    const unseen = tables.modifiers.findIndex((_, index) => tables.affinity.uses(index) === 0);
    expect(unseen).toBeGreaterThanOrEqual(0);
    expect(affinity(unseen)).toBe(0);
    // Random modifiers are mostly unseen with the subject: on the whole they must not fit.
    const all = tables.modifiers.map((_, index) => affinity(index));
    expect(all.reduce((sum, value) => sum + value, 0) / all.length).toBeLessThan(0.02);
  });
  it('charges for shuffled words', () => {
    const x = 'a small cat sleeping on a red velvet sofa';
    const shuffled = 'sofa red small a on velvet sleeping cat a';
    const right = scorer.explainScores(x, x);
    const wrong = scorer.explainScores(x, shuffled);
    expect(wrong.pick.score).toBeLessThan(right.pick.score - 0.2);
    expect(wrong.aesthetic.score).toBeLessThan(right.aesthetic.score - 0.3);
  });
});

describe('scores', () => {
  it('stay in their ranges for any text', () => {
    const texts = ['', ',', 'cat '.repeat(5000), 'x'.repeat(100_000), '🐈 猫', 'qzx '.repeat(60)];
    for (const y of texts) {
      for (const x of texts) {
        const pick = scorer.pick(x, y, 1);
        const aesthetic = scorer.aesthetic(y, 1);
        expect(pick).toBeGreaterThanOrEqual(14);
        expect(pick).toBeLessThanOrEqual(26);
        expect(aesthetic).toBeGreaterThanOrEqual(1);
        expect(aesthetic).toBeLessThanOrEqual(10);
      }
    }
  });
  it('are the sum of their terms', () => {
    const { x, y } = pairs[0]!;
    const { pick, aesthetic } = scorer.explainScores(x, y);
    for (const { score, terms } of [pick, aesthetic]) {
      expect(Object.values(terms).reduce((sum, term) => sum + term, 0)).toBeCloseTo(score, 10);
    }
  });
  it('do not depend on the order of questions', () => {
    const backwards = createScorer(judge, 1);
    const some = pairs.slice(0, 20);
    const forth = some.map(({ x, y }) => scorer.pick(x, y, 7));
    const back = some.toReversed().map(({ x, y }) => backwards.pick(x, y, 7));
    expect(back.toReversed()).toEqual(forth);
  });
  it('have noise of half a point around the noise-free score, another for each picture and seed', () => {
    const { x, y } = pairs[1]!;
    const exact = scorer.explainScores(x, y).pick.score;
    const draws = Array.from({ length: 2000 }, (_, picture) => scorer.pick(x, y, picture) - exact);
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    // Four standard errors: .5 / sqrt(2000) = .011 for the mean, .25 sqrt(2 / 2000) = .008 for the variance.
    expect(Math.abs(mean)).toBeLessThan(0.045);
    expect(Math.abs(variance - 0.25)).toBeLessThan(0.032);
    expect(createScorer(judge, 2).pick(x, y, 0)).not.toBe(scorer.pick(x, y, 0));
  });
});
