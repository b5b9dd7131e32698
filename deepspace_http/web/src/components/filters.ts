/** Filters of a list that live in the page's address, so that a link shows what its sender saw. */
import { type ReactNode, useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

/** Asks for a filter's value by something of its own, such as a search. */
export type FilterControl = (value: string | null, set: (value: string | null) => void) => ReactNode;

/** One filter: its name in the address and in the gateway's query, and how it is asked for. */
export type Filter = Asked & {
  /** Behind "More filters", unless it is set. */
  isRare?: boolean;
};

type Asked =
  | { key: string; label: string; kind: 'text'; width?: number }
  | { key: string; label: string; kind: 'select'; options: { value: string; label: string }[]; width?: number }
  | { key: 'period'; label: string; kind: 'period' }
  | { key: string; label: string; kind: 'custom'; control: FilterControl };

export type FilterValues = Record<string, string>;

const PAGING = ['cursor', 'limit'] as const;
export const PAGE_SIZES = [20, 50, 100] as const;

/** The names that a filter writes into the address; a period writes two. */
export function namesOf(filters: readonly Filter[]): string[] {
  return filters.flatMap((filter) => (filter.kind === 'period' ? ['from', 'to'] : [filter.key]));
}

export interface FilterState {
  values: FilterValues;
  cursor: string | null;
  limit: number;
  set: (changes: Record<string, string | null>) => void;
  turnTo: (cursor: string | null) => void;
  resize: (limit: number) => void;
  clear: () => void;
}

/** What the address says. A changed filter starts at the first page again. */
export function useFilters(filters: readonly Filter[]): FilterState {
  const [params, setParams] = useSearchParams();
  const names = namesOf(filters).join(' ');

  const change = useCallback(
    (changes: Record<string, string | null>) =>
      setParams((now) => {
        const next = new URLSearchParams(now);
        for (const [name, value] of Object.entries(changes)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      }),
    [setParams],
  );

  return useMemo(() => {
    const known = names ? names.split(' ') : [];
    const values = Object.fromEntries(
      known.flatMap((name) => {
        const value = params.get(name);
        return value ? [[name, value]] : [];
      }),
    );
    return {
      values,
      cursor: params.get(PAGING[0]),
      limit: sizeOf(params.get(PAGING[1])),
      set: (changes) => change({ ...changes, cursor: null }),
      turnTo: (cursor) => change({ cursor }),
      resize: (limit) => change({ limit: String(limit), cursor: null }),
      clear: () => change(Object.fromEntries([...known, 'cursor'].map((name) => [name, null]))),
    };
  }, [params, names, change]);
}

function sizeOf(text: string | null): number {
  return PAGE_SIZES.find((size) => String(size) === text) ?? PAGE_SIZES[0];
}
