/** The number at a place; 0 outside the array. */
export function at(counts: Float64Array, place: number): number {
  return counts[place] ?? 0;
}

/** Adds to the number at a place. */
export function addTo(counts: Float64Array, place: number, value: number): void {
  counts[place] = at(counts, place) + value;
}
