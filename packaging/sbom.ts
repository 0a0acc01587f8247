/** What is in the program: the packages that the bundler took code from, and the runtime; as a CycloneDX 1.6 document, and their licences. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import packageJson from "../package.json";
import { DESCRIPTION, LICENSE, ROOT, sourceTime, VERSION } from "./project.ts";

interface Component {
  type: "library" | "application";
  "bom-ref": string;
  name: string;
  version: string;
  purl: string;
  licenses: { license: { id: string } }[];
}

/** The document, without a serial number: the same commit gives the same bytes. */
export async function bom(): Promise<object> {
  const packages = await Promise.all((await bundledPackages()).map(component));
  const runtime: Component = {
    type: "application",
    "bom-ref": `bun@${Bun.version}`,
    name: "bun",
    version: Bun.version,
    purl: `pkg:npm/bun@${Bun.version}`,
    licenses: [{ license: { id: "MIT" } }],
  };
  const components = [...packages, runtime];
  const main = `runspec@${VERSION}`;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(sourceTime() * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": main,
        name: "runspec",
        version: VERSION,
        description: DESCRIPTION,
        licenses: [{ license: { id: LICENSE } }],
      },
    },
    components,
    dependencies: [
      { ref: main, dependsOn: components.map((part) => part["bom-ref"]) },
      ...components.map((part) => ({ ref: part["bom-ref"] })),
    ],
  };
}

/** The licences of what is in the program, which ask to be with every copy of it. */
export async function notices(): Promise<string> {
  const texts = (await bundledPackages()).map(async (name) => {
    const directory = join(ROOT, "node_modules", name);
    const file = (await readdir(directory)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${directory} has no licence`);
    return `${name}\n\n${(await readFile(join(directory, file), "utf8")).trim()}\n`;
  });
  const runtime = `Bun ${Bun.version}\n\nMIT; what it is linked with: https://bun.com/docs/project/licensing\n`;
  return [runtime, ...(await Promise.all(texts))].join(`\n${"-".repeat(80)}\n\n`);
}

/** The names of the packages whose files the bundler reads for the program. */
function bundledPackages(): Promise<string[]> {
  bundled ??= findBundled();
  return bundled;
}
let bundled: Promise<string[]> | undefined;

async function findBundled(): Promise<string[]> {
  const { metafile } = await Bun.build({
    entrypoints: [join(ROOT, "src/main.ts")],
    target: "bun",
    splitting: true,
    metafile: true,
  });
  const names = Object.keys(metafile?.inputs ?? {}).map(
    (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1],
  );
  const found = new Set(names.filter((name) => name !== undefined));
  const missing = Object.keys(packageJson.dependencies).filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`the bundler reads nothing of ${missing.join(", ")}`);
  return [...found].toSorted();
}

async function component(name: string): Promise<Component> {
  const { version, license } = JSON.parse(
    await readFile(join(ROOT, "node_modules", name, "package.json"), "utf8"),
  );
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    type: "library",
    "bom-ref": `${name}@${version}`,
    name,
    version,
    purl,
    licenses: [{ license: { id: license } }],
  };
}
