/** A job's progress as it happens: the gateway tells it as server-sent events until the job is settled. */
import { useEffect, useState } from 'react';
import type { AnyJobBody } from '@/api/schema';

const SETTLED = new Set(['succeeded', 'dead', 'cancelled']);

export interface JobFeed {
  job: AnyJobBody | null;
  /** The connection is gone and the browser tries to get it back. */
  isLost: boolean;
}

export function isSettled(job: { state: string }): boolean {
  return SETTLED.has(job.state);
}

/** Listens while `jobId` is one; begins with what is known. */
export function useJobFeed(jobId: string | null): JobFeed {
  const [feed, setFeed] = useState<JobFeed>({ job: null, isLost: false });
  useEffect(() => {
    setFeed({ job: null, isLost: false });
    if (jobId === null) return;
    const source = new EventSource(`/api/v1/admin/jobs/${jobId}/events`);
    source.addEventListener('job', (event) => {
      const job = JSON.parse(event.data) as AnyJobBody;
      setFeed({ job, isLost: false });
      if (isSettled(job)) source.close();
    });
    source.addEventListener('error', () => setFeed((now) => ({ ...now, isLost: true })));
    return () => source.close();
  }, [jobId]);
  return feed;
}
