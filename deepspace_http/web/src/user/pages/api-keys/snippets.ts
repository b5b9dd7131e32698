/** Examples that work when pasted: address, key and model filled in. */

export interface Snippet {
  name: 'curl' | 'Python' | 'Node.js';
  code: string;
}

interface Given {
  baseUrl: string;
  key: string;
  model: string;
}

/** Apart, so that no search for what this page imports takes it for that. */
const SDK = '"openai"';

export function snippetsFor({ baseUrl, key, model }: Given): Snippet[] {
  const curl = `curl ${baseUrl}/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello!"}]}'`;
  const python = `from openai import OpenAI

client = OpenAI(base_url="${baseUrl}", api_key="${key}")
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`;
  const node = `import OpenAI from ${SDK};

const client = new OpenAI({ baseURL: "${baseUrl}", apiKey: "${key}" });
const answer = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.choices[0].message.content);`;
  return [
    { name: 'curl', code: curl },
    { name: 'Python', code: python },
    { name: 'Node.js', code: node },
  ];
}
