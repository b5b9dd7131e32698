// What a client saw of each case, as JSON on standard output. Run as `node NAME.mjs BASE_URL API_KEY`.

export const [baseURL, apiKey] = process.argv.slice(2);
export const HELLO = [{ role: "user", content: "hello" }];
export const WEATHER = {
  type: "object",
  properties: { place: { type: "string" } },
  required: ["place"],
  additionalProperties: false,
};

export async function show(cases) {
  const seen = {};
  for (const [name, run] of Object.entries(cases)) {
    try {
      seen[name] = await run();
    } catch (fault) {
      seen[name] = failed(fault);
    }
  }
  console.log(JSON.stringify(seen));
}

function failed(fault) {
  return {
    raised: fault.constructor.name,
    status: fault.status ?? fault.statusCode ?? null,
    code: fault.code ?? null,
    type: fault.type ?? null,
    param: fault.param ?? null,
    message: fault.error?.message ?? fault.message,
  };
}
