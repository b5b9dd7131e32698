/** How hard a password is to guess, roughly: what a form hints at. The gateway demands a length and nothing else. */

export type Strength = 'weak' | 'fair' | 'strong';

const BITS_FAIR = 45;
const BITS_STRONG = 70;
const KINDS: readonly [RegExp, number][] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/\d/, 10],
  [/[\s!-/:-@[-`{-~]/, 33],
  [/[^\s!-~]/, 500],
];

/** `own`: what an attacker knows already, such as the name and the address. */
export function strengthOf(password: string, own: readonly string[] = []): Strength {
  const alphabet = KINDS.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 1);
  const bits = effectiveLength(withoutOwn(password, own)) * Math.log2(alphabet);
  if (bits < BITS_FAIR) return 'weak';
  return bits < BITS_STRONG ? 'fair' : 'strong';
}

/** Letters that continue a run (aaaa, 1234, abcd) or repeat an earlier pair add next to nothing. */
function effectiveLength(text: string): number {
  const letters = [...text.toLowerCase()];
  const pairs = new Set<string>();
  let length = 0;
  letters.forEach((letter, at) => {
    const before = letters[at - 1] ?? '';
    const step = (letter.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0);
    const isKnown = pairs.has(before + letter);
    pairs.add(before + letter);
    length += at > 0 && (isKnown || Math.abs(step) <= 1) ? 0.25 : 1;
  });
  return length;
}

function withoutOwn(password: string, own: readonly string[]): string {
  const words = own.flatMap((text) => text.toLowerCase().split(/[@.\s]+/)).filter((word) => word.length > 2);
  return words.reduce((text, word) => text.replaceAll(word, ''), password.toLowerCase());
}
