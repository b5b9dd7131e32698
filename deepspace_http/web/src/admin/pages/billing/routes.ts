/** The addresses of billing. */
import type { RouteObject } from 'react-router';

export const billingRoutes: RouteObject[] = [
  {
    path: 'billing',
    lazy: () => import('./BillingPage'),
    children: [
      { index: true, lazy: () => import('./WalletsSection') },
      { path: 'wallets', lazy: () => import('./WalletsSection') },
      { path: 'transactions', lazy: () => import('./TransactionsSection') },
      { path: 'usage', lazy: () => import('./UsageSection') },
      { path: 'reconciliations', lazy: () => import('./ReconciliationsSection') },
    ],
  },
  { path: 'billing/wallets/:orgId', lazy: () => import('./WalletPage') },
];
