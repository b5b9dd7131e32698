import { expect, it } from 'vitest';
import { errorFrom } from './errors';

it("reads the gateway's shape", async () => {
  const error = { message: 'too fast', type: 'rate_limit_error', code: 'rate_limited', param: null, trace_id: 'abc' };
  const told = await errorFrom(Response.json({ error }, { status: 429, headers: { 'retry-after': '7' } }));
  expect(told).toMatchObject({
    status: 429,
    message: 'too fast',
    code: 'rate_limited',
    traceId: 'abc',
    retryAfterSeconds: 7,
  });
});

it.each(['<html>Bad gateway</html>', '', 'null', '{"error":"text"}'])(
  'survives what is no answer of ours: %j',
  async (body) => {
    const told = await errorFrom(new Response(body, { status: 502, headers: { 'x-trace-id': 'abc' } }));
    expect(told).toMatchObject({ status: 502, code: 'http_502', traceId: 'abc', retryAfterSeconds: null });
  },
);
