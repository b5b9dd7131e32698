/** Where to go once logged in. Only to pages of our own: an address from a link must not lead elsewhere. */
import type { NavigateFunction } from 'react-router';

export function goNext(wanted: string | null, navigate: NavigateFunction): void {
  const path = safePath(wanted);
  if (path === '/admin' || path.startsWith('/admin/') || path.startsWith('/admin?')) window.location.assign(path);
  else navigate(path, { replace: true });
}

export function safePath(wanted: string | null): string {
  if (!wanted?.startsWith('/')) return '/';
  const url = new URL(wanted, window.location.origin);
  return url.origin === window.location.origin ? url.pathname + url.search + url.hash : '/';
}
