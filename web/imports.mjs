// Holds the sources to two rules: no files import each other in a circle, and
// what a bank's own app takes over, src/sdk, imports nothing of ours outside.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "src");
const files = readdirSync(root, { recursive: true })
  .filter((f) => /\.tsx?$/.test(f))
  .map((f) => join(root, f));
const named = /(?:from|import)\s*\(?\s*"(\.[^"]*)"/g;

/** The source that an import means; undefined: a stylesheet, a picture. */
const source = (from, path) => ["", ".ts", ".tsx", "/index.ts", ".d.ts"].map((end) => resolve(dirname(from), path + end)).find((f) => files.includes(f));

const imports = new Map(files.map((f) => [f, [...readFileSync(f, "utf8").matchAll(named)].map((m) => source(f, m[1])).filter(Boolean)]));
const short = (f) => relative(root, f);
const faults = [];

for (const [file, to] of imports)
  for (const other of to) if (short(file).startsWith("sdk/") && !short(other).startsWith("sdk/")) faults.push(`${short(file)} imports ${short(other)}: the SDK has to stand alone`);

const done = new Set();
function walk(file, path) {
  const at = path.indexOf(file);
  if (at >= 0) return void faults.push(`a circle: ${[...path.slice(at), file].map(short).join(" -> ")}`);
  if (done.has(file)) return;
  for (const other of imports.get(file)) walk(other, [...path, file]);
  done.add(file);
}
for (const file of files) walk(file, []);

if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
