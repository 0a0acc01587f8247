/** The packages and the release of this machine's platform, made as `bun run package` makes them, and a registry that has them. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTarGzip } from "nanotar";
import { BIN } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";

/** What the build of this machine's platform says of itself. */
export interface Facts {
  version: string;
  commit: string;
  platform: string;
}

export const facts = factsOf(BIN);
export const { platform } = facts;

export function factsOf(program: string): Facts {
  return JSON.parse(Bun.spawnSync([program, "--version", "--json"]).stdout.toString());
}

/** Packs this machine's platform, as it is built in `root`, into a fresh directory, `npm` and `release`. */
export function pack(root: string, env: Record<string, string>): string {
  const out = tempDir();
  const words = ["packaging/main.ts", "--target", platform, "--out", out];
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, ...words], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return out;
}

/** A package registry on loopback that has the packages of `directory`, and no others. */
export async function startRegistry(directory: string): Promise<{ url: string; stop(): Promise<void> }> {
  const files = readdirSync(directory).filter((name) => name.endsWith(".tgz"));
  const packages = new Map<string, { manifest: { version: string }; file: string; data: Buffer }>();
  for (const file of files) {
    const data = readFileSync(join(directory, file));
    const manifest = (await parseTarGzip(data)).find(({ name }) => name === "package/package.json");
    const parsed = JSON.parse(manifest?.text ?? "");
    packages.set(parsed.name, { manifest: parsed, file, data });
  }
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ url }) {
      const path = decodeURIComponent(new URL(url).pathname.slice(1));
      const tarball = [...packages.values()].find(({ file }) => path === `-/${file}`);
      if (tarball !== undefined) return new Response(tarball.data);
      const found = packages.get(path);
      if (found === undefined) return Response.json({ error: "not found" }, { status: 404 });
      const { version } = found.manifest;
      const integrity = `sha512-${createHash("sha512").update(found.data).digest("base64")}`;
      const dist = { tarball: new URL(`/-/${found.file}`, url).href, integrity };
      return Response.json({
        name: path,
        "dist-tags": { latest: version },
        versions: { [version]: { ...found.manifest, dist } },
      });
    },
  });
  return { url: `http://127.0.0.1:${server.port}/`, stop: () => server.stop(true) };
}
