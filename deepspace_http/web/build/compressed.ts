/** Writes `.br` and `.gz` beside everything that compresses, so that the gateway never compresses while serving. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSIBLE = new Set(['.js', '.css', '.html', '.svg', '.json', '.ttf']);
const BYTES_MIN = 1_024;

export function compressed(): Plugin {
  return {
    name: 'deepspace-compressed',
    apply: 'build',
    writeBundle: ({ dir }) => {
      if (dir) for (const path of filesUnder(dir)) compress(path);
    },
  };
}

function compress(path: string): void {
  if (!COMPRESSIBLE.has(extname(path)) || statSync(path).size < BYTES_MIN) return;
  const body = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
  const quality = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
  };
  writeFileSync(`${path}.br`, brotliCompressSync(body, { params: quality }));
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.br') && !entry.name.endsWith('.gz'))
    .map((entry) => join(entry.parentPath, entry.name));
}
