import { describe, expect, it } from 'vitest';
import { simulatorSchema } from '../../../../recipe/sections/providers.js';
import { faultsHeader } from '../../../../providers/faults-header.js';
import { drawShare, latencyOf, spoilAnswer } from '../../../../providers/simulator/faults.js';
import { normal } from '../../../../text/random.js';

const spoiltBy = (content: object, digest: number, seed = 1) =>
  spoilAnswer(
    'a red fox in the snow',
    { settings: simulatorSchema.parse({ seed, content }), digest },
    { serverSeed: 5, other: () => 'an old ship' },
  );
const spread = {
  refusal: 0.1,
  otherLanguage: 0.1,
  duplicate: 0.1,
  empty: 0.1,
  cut: 0.1,
  offFormat: 0.1,
};
const digests = Array.from({ length: 2000 }, (_, index) => index * 77_777_777_777);

describe('faults of the answers', () => {
  it('are none by default', () => {
    expect(spoiltBy({}, 7)).toEqual({ content: 'a red fox in the snow', finishReason: 'stop' });
  });
  it('are the same for the same request, and drawn anew for another request or seed', () => {
    const all = digests.map((digest) => spoiltBy(spread, digest));
    expect(
      digests
        .toReversed()
        .map((digest) => spoiltBy(spread, digest))
        .toReversed(),
    ).toEqual(all);
    const others = digests.map((digest) => spoiltBy(spread, digest, 2));
    const changed = others.filter((one, place) => one.content !== all[place]!.content);
    expect(changed.length).toBeGreaterThan(800);
  });
  it('come in the shares asked for', () => {
    const texts = digests.map((digest) => spoiltBy(spread, digest));
    const shareOf = (holds: (one: (typeof texts)[number]) => boolean): number =>
      texts.filter(holds).length / texts.length;
    const shares = {
      whole: shareOf((one) => one.content === 'a red fox in the snow'),
      duplicate: shareOf((one) => one.content === 'an old ship'),
      cut: shareOf((one) => one.finishReason === 'length'),
      offFormat: shareOf(({ content }) => /^(Sure|1\.|\*\*)[^]*a red fox/.test(content ?? '')),
    };
    expect(shares.whole).toBeCloseTo(0.4, 1);
    for (const name of ['duplicate', 'cut', 'offFormat'] as const) {
      expect(shares[name], name).toBeGreaterThan(0.08);
      expect(shares[name], name).toBeLessThan(0.12);
    }
  });
  it('show every way a server refuses', () => {
    const refused = digests.slice(0, 200).map((digest) => spoiltBy({ refusal: 1 }, digest));
    expect(refused.some(({ content }) => /sorry|cannot|unable/.test(content ?? ''))).toBe(true);
    expect(refused.some(({ content, refusal }) => content === null && refusal)).toBe(true);
    expect(refused.some(({ finishReason }) => finishReason === 'content_filter')).toBe(true);
  });
});

describe('latency', () => {
  it('has the median and the 95th percentile asked for', () => {
    const times = digests
      .map((_, index) => latencyOf({ medianMs: 50, p95Ms: 200 }, normal(1, index)))
      .sort((a, b) => a - b);
    expect(times[1000]).toBeGreaterThan(46);
    expect(times[1000]).toBeLessThan(54);
    expect(times[1900]).toBeGreaterThan(170);
    expect(times[1900]).toBeLessThan(235);
    expect(latencyOf({ medianMs: 50, p95Ms: 50 }, 2)).toBe(50);
    expect(latencyOf({ medianMs: 0, p95Ms: 0 }, 2)).toBe(0);
  });
});

describe('drawShare', () => {
  it('adds the shares up, and leaves the rest free', () => {
    const shares = { one: 0.25, none: 0, other: 0.25 };
    const names = ['one', 'none', 'other'] as const;
    expect([0, 0.2499, 0.25, 0.4999, 0.5].map((draw) => drawShare(names, shares, draw))).toEqual([
      'one',
      'one',
      'other',
      'other',
      undefined,
    ]);
  });
});

describe('the misbehaviour of a recipe', () => {
  it('is sent along only where there is any', () => {
    expect(faultsHeader(simulatorSchema.parse({ seed: 9 }))).toEqual({});
    const header = faultsHeader(simulatorSchema.parse({ content: { empty: 0.5 } }));
    expect(simulatorSchema.parse(JSON.parse(header['x-burnish-misbehave']!))).toMatchObject({
      content: { empty: 0.5 },
    });
  });
  it.each([
    [{ latency: { medianMs: 50 } }, 'latency.p95Ms'],
    [{ latency: { p95Ms: 50 } }, 'latency.p95Ms'],
    [{ transport: { hang: 0.6, invalidJson: 0.6 } }, 'transport.tooManyRequests'],
    [{ content: { cut: 0.6, empty: 0.6 } }, 'content.refusal'],
  ])('refuses %j', (settings, path) => {
    const { error } = simulatorSchema.safeParse(settings);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});
