/** The addresses of the system's pages. */
import type { RouteObject } from 'react-router';

export const systemRoutes: RouteObject[] = [
  {
    path: 'system',
    lazy: () => import('./SystemPage'),
    children: [
      { index: true, lazy: () => import('./KeysSection') },
      { path: 'keys', lazy: () => import('./KeysSection') },
      { path: 'webhooks', lazy: () => import('./WebhooksSection') },
      { path: 'deliveries', lazy: () => import('./DeliveriesSection') },
      { path: 'jobs', lazy: () => import('./JobsSection') },
      { path: 'schedules', lazy: () => import('./SchedulesSection') },
      { path: 'exports', lazy: () => import('./ExportsSection') },
      { path: 'retention', lazy: () => import('./RetentionSection') },
    ],
  },
];
