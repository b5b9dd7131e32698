/** Deep links on the development server: what the gateway does for the built pages. */
import type { Plugin } from 'vite';

export function historyFallback(): Plugin {
  return {
    name: 'deepspace-history-fallback',
    configureServer: (server) => {
      server.middlewares.use((request, _response, next) => {
        const path = request.url?.split('?')[0] ?? '/';
        const navigates = request.headers.accept?.includes('text/html');
        if (navigates && (path === '/admin' || path.startsWith('/admin/'))) request.url = '/admin.html';
        next();
      });
    },
  };
}
