import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The development server hands the API to a running weir (WEIR_URL), or to the mock server of e2e/.
const backend = process.env.WEIR_URL ?? 'http://127.0.0.1:9090';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    sourcemap: false,
    target: 'es2022',
    manifest: 'manifest.json',
  },
  server: { proxy: { '/api': backend, '/-/': backend, '/metrics': backend } },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], environment: 'node' },
});
