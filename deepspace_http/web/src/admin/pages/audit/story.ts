/** What a trace's entries say of one call: from the gateway's story to the parts of the page. */
import type { TraceEntryBody, TraceStoryBody } from '@/api/schema';

export interface Stage {
  name: string;
  began_micros: number;
  duration_micros: number;
  verdict: string;
}

/** The details that a request's entry carries (deepspace_core/audit/trace.py). */
export interface RequestDetails {
  org_id: string | null;
  project_id: string | null;
  api_key_id: string | null;
  user_id: string | null;
  method: string;
  route: string;
  status: number;
  error_code: string | null;
  stages: Stage[];
  client_address: string | null;
  user_agent: string | null;
  request_bytes: number;
  response_bytes: number;
  duration_ms: number;
  first_token_ms: number | null;
  upstream_request_id: string | null;
  upstream_status: number | null;
  attempts: number;
  channel?: string | null;
}

/** The details of a usage record (deepspace_core/usage/record.py). */
export interface UsageDetails {
  usage_id: string;
  org_id: string;
  model: string;
  tokens: Record<string, number>;
  units: Record<string, number>;
  cost_nanos: number;
  cost: string;
  currency: string;
  price_id: string | null;
  price_version: number | null;
  usage_source: string;
  ending: string;
  hold_ref: string | null;
  capture_ref: string;
  channel?: string | null;
  attempts?: number | null;
  upstream_cost?: string | null;
  upstream_cost_currency?: string | null;
  margin?: string | null;
}

/** The details of a movement (deepspace_core/pipeline/trace_source.py). */
export interface MovementDetails {
  transaction_id: string;
  org_id: string;
  hold_id: string | null;
  ref: string;
  amount_nanos: number;
  released_nanos: number;
  balance_after_nanos: number;
  currency: string;
  late: boolean;
  actor: string;
  price?: unknown;
  price_id?: string | null;
}

/** The details of a job (deepspace_core/work/story.py). */
export interface JobDetails {
  job_id: string;
  name: string;
  state: string;
  attempts: number;
}

/** The details of an audited event (deepspace_core/audit/trace.py). */
export interface EventDetails {
  event_id: string;
  actor: string;
  subject: string;
}

export type Kind = 'request' | 'usage' | 'job' | 'ledger' | 'event' | 'other';

const KINDS = new Set<string>(['request', 'usage', 'job', 'ledger', 'event']);

export interface Told<Details> {
  entry: TraceEntryBody;
  details: Details;
}

export interface Story {
  traceId: string;
  entries: readonly TraceEntryBody[];
  request: Told<RequestDetails> | null;
  usage: Told<UsageDetails> | null;
  movements: Told<MovementDetails>[];
}

export function readStory(body: TraceStoryBody): Story {
  return {
    traceId: body.trace_id,
    entries: body.entries,
    request: ofKind<RequestDetails>(body, 'request')[0] ?? null,
    usage: ofKind<UsageDetails>(body, 'usage')[0] ?? null,
    movements: ofKind<MovementDetails>(body, 'ledger'),
  };
}

/** `ledger.capture` is of the ledger, `event.api_key.created` of the audit trail. */
export function kindOf(entry: TraceEntryBody): Kind {
  const [family = ''] = entry.kind.split('.');
  return (KINDS.has(family) ? family : 'other') as Kind;
}

/** Of all leaves that are read, and of all that are written. */
export function tokensOf(tokens: UsageDetails['tokens']): { input: number; output: number } {
  const sum = (head: string) =>
    Object.entries(tokens)
      .filter(([leaf]) => leaf.startsWith(head))
      .reduce((total, [, count]) => total + count, 0);
  return { input: sum('input_'), output: sum('output_') };
}

function ofKind<Details>(body: TraceStoryBody, kind: Kind): Told<Details>[] {
  return body.entries
    .filter((entry) => kindOf(entry) === kind)
    .map((entry) => ({ entry, details: entry.details as Details }));
}
