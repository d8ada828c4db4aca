/** The numbers in an array that holds at least `length`: the same one, or a copy with a quarter to spare. */
export function growTo(
  numbers: Uint32Array<ArrayBuffer>,
  length: number,
): Uint32Array<ArrayBuffer> {
  if (length <= numbers.length) return numbers;
  const larger = new Uint32Array(Math.ceil(length * 1.25));
  larger.set(numbers);
  return larger;
}
