/** The text up to its first line end. */
export function firstLine(text: string): string {
  return text.replace(/\n.*/su, '');
}

/** A text of several lines as one, line ends and the blanks around them as one blank. */
export function oneLine(text = ''): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
