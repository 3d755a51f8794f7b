import { defineConfig } from 'vite';

/** Builds one Nest service for Node: workspace packages are bundled, everything from the registry stays outside. */
export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  ssr: { noExternal: [/^@bot-core\//] },
  build: {
    ssr: 'src/main.ts',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node24',
    sourcemap: true,
    minify: false,
  },
});
