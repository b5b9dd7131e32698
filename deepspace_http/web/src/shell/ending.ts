/** Why somebody finds themselves at the log-in: told once, there. Kept in the tab, since a page load may lie between. */

export type Ending = 'ended' | 'signedOut';

const KEPT = 'deepspace.ending';

export function noteEnding(ending: Ending): void {
  sessionStorage.setItem(KEPT, ending);
}

export function takeEnding(): Ending | null {
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  return kept === 'ended' || kept === 'signedOut' ? kept : null;
}
