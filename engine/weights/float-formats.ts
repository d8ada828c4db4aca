/**
 * The two 16-bit float formats of model files, to and from float32, rounding to nearest with ties to even.
 *
 * Source: IEEE 754-2019 binary16; bfloat16 is the upper half of binary32.
 */

/** Float32 values as bfloat16 bit patterns. NaN stays NaN, and what is too large becomes infinite. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const result = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i += 1) {
    const value = bits[i]!;
    const isNaN = (value & 0x7fffffff) > 0x7f800000;
    // A NaN is made quiet instead of rounded: rounding could carry it into infinity.
    result[i] = isNaN ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return result;
}

/** Float32 values of bfloat16 bit patterns, in `result`; exact. */
export function fromBfloat16(
  values: Uint16Array,
  result = new Float32Array(values.length),
): Float32Array {
  const bits = bitsOf(result);
  for (let i = 0; i < values.length; i += 1) bits[i] = values[i]! << 16;
  return result;
}

/** Float32 values as binary16 bit patterns. NaN stays NaN; 65,520 and more become infinite. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const result = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i += 1) {
    const sign = (bits[i]! >>> 16) & 0x8000;
    result[i] = sign | magnitudeToFloat16(bits[i]! & 0x7fffffff);
  }
  return result;
}

function magnitudeToFloat16(bits: number): number {
  if (bits > 0x7f800000) return 0x7e00;
  if (bits >= 0x477ff000) return 0x7c00; // 65,520: half-way between the largest and 65,536
  // 0x38800000 is 2^-14, the smallest normal; the exponent's bias changes from 127 to 15.
  if (bits >= 0x38800000) return (bits - 0x38000000 + 0xfff + ((bits >>> 13) & 1)) >>> 13;
  const exponent = bits >>> 23;
  if (exponent < 102) return 0; // below 2^-25, half of the smallest subnormal
  const significand = (bits & 0x7fffff) | 0x800000;
  const shift = 126 - exponent; // 14..24
  const kept = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

/** Float32 values of binary16 bit patterns, in `result`; exact. */
export function fromFloat16(
  values: Uint16Array,
  result = new Float32Array(values.length),
): Float32Array {
  for (let i = 0; i < values.length; i += 1) {
    const bits = values[i]!;
    const fraction = bits & 0x3ff;
    const exponent = (bits >>> 10) & 0x1f;
    const magnitude =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Infinity
            : NaN
          : (1024 + fraction) * 2 ** (exponent - 25);
    result[i] = bits & 0x8000 ? -magnitude : magnitude;
  }
  return result;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
