/** Puts a web's routes into the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, type RouteObject, RouterProvider } from 'react-router';
import { makeQueryClient } from '@/api/queryClient';
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
        <RouterProvider router={createBrowserRouter(routes, { basename })} />
      </Root>
    </StrictMode>,
  );
}
