/** One build, two entries: `index.html` is the user web at `/`, `admin.html` the admin web at `/admin`. */
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { compressed } from './build/compressed.ts';
import { historyFallback } from './build/historyFallback.ts';

const GATEWAY = process.env.GATEWAY ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), historyFallback(), compressed()],
  resolve: { alias: { '@': resolve(import.meta.dirname, 'src') } },
  build: {
    target: 'es2023',
    manifest: true,
    sourcemap: false,
    // Only fonts and pictures of a few hundred bytes would gain from it, and `data:` is one more thing to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Mermaid's largest part, which comes with the first diagram; what pages begin with is kept by tests/web/test_size.py.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // How long plugins took is nobody's affair who only wants to run the product.
      checks: { bundlerTimings: false },
      input: { user: resolve(import.meta.dirname, 'index.html'), admin: resolve(import.meta.dirname, 'admin.html') },
    },
  },
  server: { proxy: Object.fromEntries(['/api', '/v1', '/health'].map((path) => [path, { target: GATEWAY }])) },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    // One worker without isolation: antd is loaded once instead of once a file.
    isolate: false,
    maxWorkers: 1,
    testTimeout: 60_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
