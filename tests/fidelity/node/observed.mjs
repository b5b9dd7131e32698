// What a client saw of each case, as JSON on standard output. Run as
// `node NAME.mjs BASE_URL API_KEY [MODEL EMBEDDING_MODEL CASES]`; what the last three do is told in clients/observed.py.

export const [baseURL, apiKey, realModel, realEmbedding, realCases] = process.argv.slice(2);
export const BRIEF_TOKENS = 32;
export const named = (script) => realModel ?? script;
export const embedding = realEmbedding ?? "ok";
export const HELLO = [{ role: "user", content: "hello" }];
export const IMAGE = "iVBORw0KGgo=";
export const LOOK = [
  {
    role: "user",
    content: [
      { type: "text", text: "what is this?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${IMAGE}` } },
    ],
  },
];
export const WEATHER = {
  type: "object",
  properties: { place: { type: "string" } },
  required: ["place"],
  additionalProperties: false,
};

export async function show(cases) {
  const seen = {};
  const wanted = realCases?.split(",") ?? Object.keys(cases);
  for (const [name, run] of Object.entries(cases)) {
    if (!wanted.includes(name)) continue;
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
