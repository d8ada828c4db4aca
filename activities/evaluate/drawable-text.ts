/**
 * The text a picture is asked for: y, or the description where y is blank.
 *
 * No picture can be made of nothing; a product would fall back on the description. Content kept and words still count
 * the blank text as it is.
 */
export function drawableText(x: string, y: string): string {
  return y.trim() === '' ? x : y;
}
