/** The rooms of the house: which folder may import which (ARCHITECTURE.md). */

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { dependencies } from "../package.json";

const SRC = resolve(import.meta.dir, "../src");

/** A room, and the rooms it may look into; every room may use those for all, and its own files. */
const MAY_IMPORT: Record<string, string[]> = {
  "main.ts": ["program.ts"],
  "program.ts": ["cli", "files", "process"],
  cli: ["commands", "become", "ui", "arguments", "process"],
  commands: [
    ...["cli", "attach", "completion", "doctor", "fleet", "scaffold", "ui", "session", "tools"],
    ...["mcp", "hosts", "spec", "arguments", "process"],
  ],
  attach: ["fleet", "session", "tools", "hosts", "spec", "arguments", "files"],
  completion: ["cli", "fleet", "session", "hosts", "tools", "spec", "arguments"],
  doctor: ["session", "tools", "hosts", "spec", "files", "process"],
  fleet: ["session", "mcp", "jsonrpc", "hosts", "spec", "arguments", "files", "process"],
  scaffold: ["spec", "files"],
  session: ["mcp", "jsonrpc", "hosts", "spec", "arguments", "files", "process"],
  tools: ["mcp", "hosts", "spec", "arguments", "become", "files", "process"],
  ui: ["spec", "arguments"],
  mcp: ["jsonrpc"],
  hosts: ["spec", "files", "process"],
  spec: ["arguments", "become", "files", "process"],
  become: ["files", "process"],
  arguments: [],
  jsonrpc: [],
  files: ["process"],
  process: [],
  "concurrency.ts": [],
  "context.ts": [],
  "did-you-mean.ts": [],
  "errors.ts": [],
  "json.ts": [],
  "mask.ts": [],
  "numerals.ts": [],
  "text.ts": [],
};
/** Rooms that may be imported for their types alone. */
const TYPES_ONLY: Record<string, string[]> = {
  "context.ts": ["process"],
  completion: ["mcp"],
  mcp: [],
  ui: ["doctor", "tools"],
};
const FOR_ALL = [
  "concurrency.ts",
  "context.ts",
  "did-you-mean.ts",
  "errors.ts",
  "json.ts",
  "mask.ts",
  "numerals.ts",
  "text.ts",
];

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const found = [...text.matchAll(/^(?:import|export)\s+(type\s+)?([^"';]*?)\s*from\s+"(\.[^"]+)"/gm)];
  const dynamic = [...text.matchAll(/import\("(\.[^"]+)"\)/g)].map((match) => ({
    path: match[1],
    typeOnly: false,
  }));
  const fixed = found.map((match) => ({
    path: match[3],
    typeOnly: match[1] !== undefined || everyNameIsType(match[2]),
  }));
  return [...fixed, ...dynamic].map(({ path = "", typeOnly }) => ({
    from: file,
    to: relative(SRC, resolve(SRC, dirname(file), path)),
    typeOnly,
  }));
}

function everyNameIsType(names = ""): boolean {
  const inner = /^\{([^}]*)\}$/s.exec(names.trim())?.[1];
  if (inner === undefined) return false;
  return inner.split(",").every((name) => name.trim() === "" || name.trim().startsWith("type "));
}

const room = (path: string) => path.split("/")[0] ?? path;
const imports = files.flatMap(importsOf);

describe("imports", () => {
  test("only go where the architecture lets them", () => {
    const forbidden = imports.filter(({ from, to, typeOnly }) => {
      const [here, there] = [room(from), room(to)];
      if (here === there || FOR_ALL.includes(there)) return false;
      return !(MAY_IMPORT[here]?.includes(there) || (typeOnly && TYPES_ONLY[here]?.includes(there)));
    });
    expect(forbidden.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test("go wherever the lists let them: none of them names what nobody uses", () => {
    const edge = (from: string, to: string) => `${from} → ${to}`;
    const used = new Set(imports.map(({ from, to }) => edge(room(from), room(to))));
    const listed = [...Object.entries(MAY_IMPORT), ...Object.entries(TYPES_ONLY)];
    const edges = listed.flatMap(([from, rooms]) => rooms.map((to) => edge(from, to)));
    expect(edges.filter((one) => !used.has(one))).toEqual([]);
  });

  test("every file is in a room that is listed", () => {
    expect(files.map(room).filter((name) => !(name in MAY_IMPORT))).toEqual([]);
  });

  test("make no circle at run time", () => {
    const edges = Map.groupBy(
      imports.filter(({ typeOnly }) => !typeOnly),
      ({ from }) => from,
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (done.has(file)) return;
      done.add(file);
      for (const { to } of edges.get(file) ?? []) visit(to, [...path, file]);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  test("each of the packages does something at run time", () => {
    const sources = files.map((file) => readFileSync(join(SRC, file), "utf8")).join("\n");
    const used = [
      ...sources.matchAll(/^import (?!type )[^;]*? from "([^."][^"]*)"|\brequire\("([^."][^"]*)"\)/gm),
    ];
    const packages = used.map(([, fixed, onDemand]) => fixed ?? onDemand);
    expect(Object.keys(dependencies).filter((name) => !packages.includes(name))).toEqual([]);
  });

  test("every import leads to a file", () => {
    expect(
      imports.filter(({ to }) => !existsSync(join(SRC, to))).map(({ from, to }) => `${from} → ${to}`),
    ).toEqual([]);
  });
});

describe("the process", () => {
  test("is ended in main.ts, and read in program.ts, alone", () => {
    const offenders = files.filter(
      (file) =>
        !["main.ts", "program.ts"].includes(file) &&
        // The texts of other programs.
        room(file) !== "scaffold" &&
        /process\.(exit\(|env|argv|stdout|stderr)|Bun\.(env|argv)|console\./.test(
          readFileSync(join(SRC, file), "utf8"),
        ),
    );
    expect(offenders).toEqual([]);
  });
});

describe("files", () => {
  test("are made in files/private-files.ts alone, but for what people ask for by name", () => {
    const makers = files.filter((file) =>
      /\b(?:writeFileSync|appendFileSync|createWriteStream|mkdirSync)\(/.test(
        readFileSync(join(SRC, file), "utf8"),
      ),
    );
    // What `init` and `attach` write, and the directory of a trail that was named.
    expect(makers.sort()).toEqual([
      "files/private-files.ts",
      "files/rotating-file.ts",
      "files/write-with-copy.ts",
      "scaffold/write.ts",
    ]);
  });
});

describe("a file", () => {
  test("has at most 200 lines", () => {
    const lengths = files.map((file) => [file, readFileSync(join(SRC, file), "utf8").split("\n").length - 1]);
    expect(lengths.filter(([, lines]) => Number(lines) > 200)).toEqual([]);
  });

  const exported = files.flatMap((file) => {
    const text = readFileSync(join(SRC, file), "utf8");
    const names = text.matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm);
    return [...new Set([...names].map(([, name = ""]) => name))].map((name) => ({ name, file }));
  });

  test("exports no name that another exports, but for `command`, which every command has", () => {
    const shared = [...Map.groupBy(exported, ({ name }) => name)].filter(([, where]) => where.length > 1);
    expect(shared.map(([name]) => name)).toEqual(["command"]);
  });

  test("exports nothing that nobody takes, be it a test", () => {
    const takers = ["src", "test", "packaging", "docs", "bench"].flatMap((folder) =>
      readdirSync(join(SRC, "..", folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFileSync(join(SRC, "..", folder, name), "utf8")),
    );
    const lists = takers.flatMap(
      (text) => text.match(/\{[^{}]*\}\s*(?:from|= await import\()\s*"\.[^"]+"/g) ?? [],
    );
    const wholes = takers.flatMap((text) =>
      [...text.matchAll(/import \* as (\w+) from "\./g)].flatMap(
        ([, whole]) => text.match(new RegExp(`\\b${whole}\\.\\w+`, "g")) ?? [],
      ),
    );
    const taken = new Set([...lists, ...wholes].flatMap((names) => names.match(/\w+/g) ?? []));
    const idle = exported.filter(({ name }) => name !== "command" && !taken.has(name));
    expect(idle.map(({ name, file }) => `${file}: ${name}`)).toEqual([]);
  });
});
