/** The addresses of risk and policy. */
import type { RouteObject } from 'react-router';

export const policyRoutes: RouteObject[] = [
  {
    path: 'policy',
    lazy: () => import('./PolicyPage'),
    children: [
      { index: true, lazy: () => import('./LimitsSection') },
      { path: 'limits', lazy: () => import('./LimitsSection') },
      { path: 'budgets', lazy: () => import('./BudgetsSection') },
      { path: 'ip-rules', lazy: () => import('./IpRulesSection') },
    ],
  },
];
