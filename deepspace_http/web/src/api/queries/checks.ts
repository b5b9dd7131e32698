/** Checks that the worker makes each night and writes into the audit trail: of the books, of the trail itself. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '../client';
import type { EventBody } from '../schema';

export interface Check {
  at: string;
  sound: boolean;
  findings: number;
}

/** A check's schedule, and the event that tells what it found. */
export interface CheckNames {
  schedule: string;
  event: string;
}

const keyOf = ({ event }: CheckNames) => ['admin', 'checks', event] as const;

/** The last one; null: none yet. */
export function useLastCheck<Found extends Check>(names: CheckNames) {
  return useQuery({
    queryKey: keyOf(names),
    queryFn: async () => {
      const query = { event_type: names.event, limit: 1 };
      const { data } = await unwrap(api.GET('/api/v1/admin/audit/events', { params: { query } }));
      const last: EventBody | undefined = data[0];
      return last ? ({ ...last.payload, at: last.at } as unknown as Found) : null;
    },
  });
}

/** Starts one now; its job is followed by its feed. */
export function useRunCheck({ schedule }: CheckNames) {
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.POST('/api/v1/admin/schedules/{schedule_name}/run', { params: { path: { schedule_name: schedule } } }),
      ),
  });
}

export function useForgetCheck(names: CheckNames) {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: keyOf(names) });
}
