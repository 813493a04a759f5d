// Builds each component into one module whose name holds a hash of its content.
//
//   node build.mjs [folder]      (../ml_studio/assets unless it is said)
//
// The same sources and package-lock.json give the same bytes: tests/frontend compares them with
// what is committed.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const COMPONENTS = [
  "file_tree",
  "log_view",
  "marked_text",
  "role_matrix",
  "run_charts",
  "run_comparison",
  "run_filter",
  "run_updates",
  "run_values",
  "runs_table",
  "trace_tree",
];
const HASH_LENGTH = 12;

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, "..", "ml_studio", "assets"));

/** The packages whose code is in a bundle, from the paths of the files it was made of. */
function packagesIn(inputs) {
  const names = Object.keys(inputs).map((path) =>
    /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path.replaceAll("\\", "/"))?.[1],
  );
  return [...new Set(names.filter(Boolean))].sort();
}

async function licenceOf(name) {
  const folder = join(here, "node_modules", name);
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} brings no licence text`);
  return `${name} ${version}\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`;
}

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const bundled = new Set();
for (const component of COMPONENTS) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [`src/${component}/index.ts`],
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    loader: { ".css": "text" },
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const { contents } = result.outputFiles[0];
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, HASH_LENGTH);
  await writeFile(join(target, `${component}-${hash}.js`), contents);
  packagesIn(result.metafile.inputs).forEach((name) => bundled.add(name));
}
const texts = await Promise.all([...bundled].sort().map(licenceOf));
await writeFile(join(target, "LICENSES.txt"), texts.join(`\n${"-".repeat(72)}\n\n`));
