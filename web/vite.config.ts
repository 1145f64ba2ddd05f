import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// The bundle is committed, so a build must give the same bytes everywhere: names carry hashes of what is in the files.
export default defineConfig({
  plugins: [svelte()],
  base: "/",
  build: {
    outDir: "../src/citybrain/server/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
