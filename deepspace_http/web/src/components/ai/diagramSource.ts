/** What of a diagram's source may reach Mermaid: the drawing, not how it is styled or what it would load. */
const FRONT_MATTER = /^(\s*---[^\S\n]*\n[\s\S]*?\n[^\S\n]*---[^\S\n]*(\n|$))+/;
const DIRECTIVE = /%%\{[\s\S]*?\}%%/g;
/** Also as CSS may spell it, with backslashes; those of labels (`a\nb`) are welcome. */
const LOADS = /\burl\s*\(|@import|\bimg\s*:|\b(style|classDef|linkStyle|rect)\b[^\n]*\\/i;
/** Mermaid has the browser read a label's HTML before it cleans it. */
const RUNS = /<[a-z][\s\S]*\bon[a-z]+\s*=/i;

/** The source without its configuration. Throws for one that would load something from elsewhere, or run something. */
export function drawable(source: string): string {
  const bare = source.replace(/\r\n?/g, '\n').replace(FRONT_MATTER, '').replace(DIRECTIVE, '');
  // What is left over of a directive is a comment, however the pieces stood.
  const drawing = bare.replaceAll('%%{', '%% {').trim();
  if (drawing.startsWith('---') || [LOADS, RUNS].some((one) => one.test(drawing))) {
    throw new Error('A diagram that would load or run something');
  }
  return drawing;
}
