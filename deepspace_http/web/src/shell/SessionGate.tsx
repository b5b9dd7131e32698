/** Lets through who is logged in; others go to the log-in and come back to where they wanted to go. */
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Navigate, useLocation } from 'react-router';
import { meQuery, useMe } from '@/api/queries/me';
import { onSessionEnd } from '@/api/session';
import { ErrorNotice } from '@/components/ErrorNotice';
import { PageLoading } from '@/components/PageLoading';
import { noteEnding } from './ending';

export function SessionGate({ children }: { children: ReactNode }) {
  const { pathname, search } = useLocation();
  const { data: me, error, isPending, refetch } = useMe();
  useEndedSession();
  if (isPending) return <PageLoading />;
  if (error) {
    return (
      <div style={{ padding: 24 }}>
        <ErrorNotice error={error} onRetry={() => refetch()} />
      </div>
    );
  }
  if (me === null) return <Navigate replace to={`/login?next=${encodeURIComponent(pathname + search)}`} />;
  return children;
}

/** A request that finds the session over makes everybody a visitor, whichever page asked. */
function useEndedSession(): void {
  const cache = useQueryClient();
  useEffect(
    () =>
      onSessionEnd(() => {
        // A visitor's first request finds no session either; only who was logged in is told that it is over.
        if (cache.getQueryData(meQuery.queryKey)) noteEnding('ended');
        cache.setQueryData(meQuery.queryKey, null);
      }),
    [cache],
  );
}
