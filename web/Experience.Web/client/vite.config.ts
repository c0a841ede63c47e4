import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves the pages and passes everything else on to a running server.
const server = process.env.EXPERIENCE_URL ?? 'http://127.0.0.1:8080';

/** What the first page may weigh, compressed, whichever it is: its own file, what every page shares, and the styles. */
const budget = 120 * 1024;

/** Fails the build when a page would load more than the budget: a limit that is only measured is passed some day. */
function firstLoad(): Plugin {
  return {
    name: 'first-load',
    generateBundle(_, bundle) {
      const size = (file: string) => {
        const item = bundle[file];
        return item === undefined ? 0 : gzipSync(item.type === 'chunk' ? item.code : item.source, { level: 6 }).length;
      };
      const all = Object.values(bundle).filter((item) => item.type === 'chunk');
      const entry = all.find((chunk) => chunk.isEntry);
      if (entry === undefined) return;
      for (const page of entry.dynamicImports) {
        const files = new Set<string>();
        const take = (file: string) => {
          const chunk = all.find((c) => c.fileName === file);
          if (chunk === undefined || files.has(file)) return;
          files.add(file);
          for (const css of (chunk as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? []) files.add(css);
          for (const next of chunk.imports) take(next);
        };
        take(entry.fileName);
        take(page);
        const total = [...files].reduce((sum, file) => sum + size(file), 0);
        if (total > budget) this.error(`${page} loads ${Math.ceil(total / 1024)} KB at first; at most ${budget / 1024} KB may be.`);
        this.info(`${page}: ${Math.ceil(total / 1024)} KB at first.`);
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), firstLoad()],
  build: {
    outDir: '../wwwroot',
    emptyOutDir: true,
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
    sourcemap: false,
    // SignalR and React change less often than the pages: a second file stays in the browser's cache.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'vendor', test: /node_modules/ }] } },
    },
  },
  server: {
    proxy: {
      '/v1': server,
      '/docs': server,
      '/openapi': server,
      '/hubs': { target: server, ws: true },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.{ts,tsx}'],
    setupFiles: ['tests/setup.ts'],
    restoreMocks: true,
    // A run of axe in jsdom takes seconds on a busy machine.
    testTimeout: 30_000,
  },
});
