/** The admin web has no log-in of its own: to the user web's, and back. */
import { useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { PageLoading } from '@/components/PageLoading';

export function Component() {
  const [params] = useSearchParams();
  const wanted = params.get('next') ?? '/';
  useEffect(() => {
    window.location.replace(`/login?next=${encodeURIComponent(`/admin${wanted === '/' ? '' : wanted}`)}`);
  }, [wanted]);
  return <PageLoading />;
}
