import { describe, expect, it } from 'vitest';
import {
  fromBfloat16,
  fromFloat16,
  toBfloat16,
  toFloat16,
} from '../../../../engine/weights/float-formats.js';
import { normal, randomBits } from '../../../../text/random.js';

const everyPattern = Uint16Array.from({ length: 65_536 }, (_, pattern) => pattern);

/** Random bit patterns, so that every exponent is met, and ordinary numbers. */
const floats = new Float32Array(40_000);
new Uint32Array(floats.buffer).forEach((_, i, bits) => (bits[i] = randomBits(7, i)));
for (let i = 0; i < 20_000; i += 1) floats[i] = normal(8, i) * 10 ** ((i % 12) - 8);

describe.each([
  { format: 'bfloat16', to: toBfloat16, from: fromBfloat16, overflow: 0x7f80 },
  { format: 'float16', to: toFloat16, from: fromFloat16, overflow: 0x7c00 },
])('$format', ({ to, from, overflow }) => {
  const numbers = from(everyPattern);

  it('gives back every bit pattern that is a number, and NaN as NaN', () => {
    const back = to(numbers);
    for (const pattern of everyPattern) {
      if (Number.isNaN(numbers[pattern]))
        expect(from(back.subarray(pattern, pattern + 1))[0]).toBeNaN();
      else if (back[pattern] !== pattern) expect.fail(`pattern ${pattern} became ${back[pattern]}`);
    }
  });

  it('rounds to the nearest value and to the even pattern when two are as near', () => {
    const rounded = to(floats);
    floats.forEach((value, i) => {
      if (Number.isNaN(value)) {
        expect(from(rounded.subarray(i, i + 1))[0]).toBeNaN();
        return;
      }
      const pattern = rounded[i]!;
      const magnitude = pattern & 0x7fff;
      if (magnitude === overflow) {
        expect(Math.abs(value)).toBeGreaterThan(numbers[overflow - 1]!);
        return;
      }
      const distance = Math.abs(value - numbers[pattern]!);
      for (const neighbour of [pattern - 1, pattern + 1]) {
        const other = numbers[neighbour & 0xffff]!;
        if (Math.sign(other) !== Math.sign(value) || !Number.isFinite(other)) continue;
        const otherDistance = Math.abs(value - other);
        const isBest =
          distance < otherDistance || (distance === otherDistance && pattern % 2 === 0);
        if (!isBest) expect.fail(`${value} became ${numbers[pattern]}, ${other} is better`);
      }
    });
  });

  it('breaks every tie between neighbours towards the even pattern', () => {
    for (let pattern = 0; pattern < overflow - 1; pattern += 1) {
      const middle = Float32Array.of((numbers[pattern]! + numbers[pattern + 1]!) / 2);
      const expected = pattern % 2 === 0 ? pattern : pattern + 1;
      if (to(middle)[0] !== expected) expect.fail(`${middle[0]} became ${to(middle)[0]}`);
    }
  });
});

it('overflows to infinity exactly where half a step above the largest number is reached', () => {
  // float16: largest 65,504, step 32. bfloat16: largest 0x7f7f, half a step above is 0x7f7f8000.
  expect([...toFloat16(Float32Array.of(65_519.99, 65_520, -65_520))]).toEqual([
    0x7bff, 0x7c00, 0xfc00,
  ]);
  const bits = Uint32Array.of(0x7f7f7fff, 0x7f7f8000, 0xff7f8000);
  expect([...toBfloat16(new Float32Array(bits.buffer))]).toEqual([0x7f7f, 0x7f80, 0xff80]);
});
