import { vitePlugin as remix } from '@remix-run/dev';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import remixOptions from './remix.config.js';

declare module '@remix-run/node' {
  interface Future {
    v3_singleFetch: true;
  }
}

export default defineConfig({
  plugins: [tailwindcss(), remix(remixOptions)],
  build: {
    target: 'es2022',
    cssMinify: true,
    // Thirty requests for icons and buttons are slower than a few for what belongs together.
    rollupOptions: { output: { experimentalMinChunkSize: 3_000 } },
  },
  ssr: { noExternal: ['recharts'] },
  // Found before the first page asks for them: a second round of optimizing gives two copies of React.
  optimizeDeps: {
    entries: ['app/entry.client.tsx', 'app/root.tsx', 'app/routes/**/*.tsx'],
    include: [
      'react',
      'react-dom',
      'react-dom/client',
      'react/jsx-runtime',
      'react/jsx-dev-runtime',
      '@remix-run/react',
      'react-i18next',
      'i18next',
      'i18next-http-backend',
      'radix-ui',
      'recharts',
      'lucide-react',
      'class-variance-authority',
      'clsx',
      'tailwind-merge',
      'get-nonce',
    ],
  },
});
