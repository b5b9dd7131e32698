/** Puts a web's routes into the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, type RouteObject, RouterProvider } from 'react-router';
import { makeQueryClient } from '@/api/queryClient';
import { PageLoading } from '@/components/PageLoading';
import { usePlace } from '@/stores/place';
import { Root } from './Root';

export function mount(routes: RouteObject[], basename: string): void {
  const element = document.getElementById('root');
  if (!element) throw new Error('the page has no #root');
  const client = makeQueryClient();
  // What another organization answered must not be shown in this one.
  usePlace.subscribe((now, before) => {
    if (now.orgId !== before.orgId) void client.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
  });
  createRoot(element).render(
    <StrictMode>
      <Root client={client}>
        <RouterProvider router={createBrowserRouter(withFallback(routes), { basename })} />
      </Root>
    </StrictMode>,
  );
}

/** What is seen until the first page's code is there. */
function withFallback(routes: RouteObject[]): RouteObject[] {
  return [{ hydrateFallbackElement: <PageLoading />, children: routes }];
}
