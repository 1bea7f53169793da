import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Two builds of one source. "product" is what the bank's binary embeds;
// "devstack" is what only the development stack has: phones and the front door.
const builds: Record<string, { pages: string[]; out: string; assets: string }> = {
  product: { pages: ["app", "console", "link"], out: "dist", assets: "assets" },
  devstack: { pages: ["phone", "door", "pick"], out: "../devstack/pages/dist", assets: "dev-assets" },
};

export default defineConfig(({ mode }) => {
  const b = builds[mode] ?? builds["product"]!;
  return {
    plugins: [react()],
    publicDir: mode === "devstack" ? false : "public",
    build: {
      outDir: b.out,
      assetsDir: b.assets,
      emptyOutDir: true,
      assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
      modulePreload: { polyfill: false },
      sourcemap: false,
      rollupOptions: { input: Object.fromEntries(b.pages.map((p) => [p, `${p}.html`])) },
    },
  };
});
