/** The addresses of audit. */
import type { RouteObject } from 'react-router';

export const auditRoutes: RouteObject[] = [
  {
    path: 'audit',
    lazy: () => import('./AuditPage'),
    children: [
      { index: true, lazy: () => import('./FindSection') },
      { path: 'traces', lazy: () => import('./FindSection') },
      { path: 'requests', lazy: () => import('./RequestsSection') },
      { path: 'events', lazy: () => import('./EventsSection') },
      { path: 'seals', lazy: () => import('./SealsSection') },
    ],
  },
  { path: 'audit/traces/:traceId', lazy: () => import('./TracePage') },
];
