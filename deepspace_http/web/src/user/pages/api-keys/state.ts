/** Whether a key still opens anything. */
import type { ApiKeyBody } from '@/api/schema';

export function stateOf({ revoked_at, expires_at }: ApiKeyBody, now = Date.now()): 'active' | 'revoked' | 'expired' {
  if (revoked_at) return 'revoked';
  return expires_at && Date.parse(expires_at) <= now ? 'expired' : 'active';
}
