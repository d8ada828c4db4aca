/**
 * W + scale B A, computed in float64 and rounded once.
 *
 * Shapes: weight [output, input] row-major; returns a new array of its size.
 */
export function mergeLora(
  weight: Float32Array,
  factors: { a: Float32Array; b: Float32Array; rank: number; scale: number },
): Float32Array {
  const { a, b, rank, scale } = factors;
  const input = a.length / rank;
  const merged = new Float32Array(weight.length);
  const row = new Float64Array(input);
  for (let start = 0; start < weight.length; start += input) {
    row.fill(0);
    for (let r = 0; r < rank; r += 1) {
      const factor = scale * b[(start / input) * rank + r]!;
      for (let column = 0; column < input; column += 1)
        row[column]! += factor * a[r * input + column]!;
    }
    for (let column = 0; column < input; column += 1)
      merged[start + column] = weight[start + column]! + row[column]!;
  }
  return merged;
}
