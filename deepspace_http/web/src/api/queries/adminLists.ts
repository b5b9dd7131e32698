/** What the lists of the admin web have in common: filters of the address as the query of the typed client. */
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import type { paths } from '../schema';

type QueryOf<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Query } } }
  ? NonNullable<Query>
  : never;

/** Why it is done, as the query of a route takes it; the audit trail keeps it. */
export function because(reason: string): { reason?: string } {
  return reason ? { reason } : {};
}

/**
 * The page and the filters as the query of a route. The names of filters are those of the route's parameters, which no
 * type can know of a page's address: a name that the route does not take is refused by the gateway.
 */
export function asQuery<Path extends keyof paths>(filters: FilterValues, page?: PageQuery): QueryOf<Path> {
  return { ...page, ...filters } as unknown as QueryOf<Path>;
}
