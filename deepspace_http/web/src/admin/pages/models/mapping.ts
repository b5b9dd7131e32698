/** Names at a channel as lines of text: `ours = theirs`. */

export function mappingText(names: Readonly<Record<string, string>>): string {
  return Object.entries(names)
    .map(([ours, theirs]) => `${ours} = ${theirs}`)
    .join('\n');
}

/** Null where a line is no mapping. */
export function readMapping(text: string): Record<string, string> | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => line.split('=').map((part) => part.trim()));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes(''))) return null;
  return Object.fromEntries(pairs as [string, string][]);
}
