/** Generated tools and calls of them; the same seed gives the same ones. */

export interface Case {
  /** A runspec.toml with one tool, `tool` or a subcommand of it. */
  toml: string;
  /** Of the subcommand. */
  path: string[];
  env: Record<string, string>;
  envFile: Record<string, string>;
  /** A command line, or the arguments of a call over MCP. */
  call: { words: string[] } | { arguments: Record<string, unknown> };
}

type Random = ReturnType<typeof createRandom>;

/** Mulberry32. */
export function createRandom(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    chance: (share: number): boolean => next() < share,
    of<T>(values: readonly T[]): T {
      const value = values[Math.floor(next() * values.length)];
      if (value === undefined) throw new Error("there is nothing to choose from");
      return value;
    },
    below: (limit: number): number => Math.floor(next() * limit),
  };
}

interface Spec {
  name: string;
  type: string;
  fields: Record<string, string>;
}

const NAMES = ["alpha", "beta", "dry-run", "max_size", "file", "n"];
const TYPES = ["str", "str", "int", "float", "bool", "flag", "flag", "path", "choice", "rest", "port"];
const TEXTS: Record<string, readonly string[]> = {
  str: [
    "a",
    "two words",
    "",
    "-5",
    "-h",
    "--help",
    "-",
    "--",
    "a,b",
    "a=b",
    "é漢😀",
    "x\ny",
    "$(id)",
    "true",
    "0",
  ],
  int: ["5", "-5", "007", "+3", "99999", "x", "1.5", "", "0"],
  float: ["0.5", "-0.5", "1e3", "5", "x", "", "1.10"],
  bool: ["true", "false", "1", "0", "yes", "no", "on", "OFF", "maybe", ""],
  flag: ["true", "false", "1", "0", "", "yes"],
  path: ["/tmp/a", "rel/b", "-x", "/with space"],
  choice: ["one", "two", "three", "-slow", ""],
  rest: ["a", "-b", "--help", "--"],
  port: ["80", "-1", "http"],
};

const DEFAULTS: Record<string, readonly string[]> = {
  str: ['"a"', '"a,b"', '"-x"', '""'],
  int: ["5", "-5", "0"],
  float: ["0.5", "1.0"],
  bool: ["true", "false"],
  flag: ["true", "false"],
  path: ['"/srv"'],
  choice: ['"one"', '"-slow"'],
  rest: ['["x"]'],
  port: ["8080", '"80"'],
};

export function generate(random: Random): Case {
  const names = NAMES.filter(() => random.chance(0.45));
  const specs = names.map((name) => argument(name, random));
  const sub = random.chance(0.2);
  const table = sub ? "tool.commands.sub" : "tool";
  const lines = [
    ...(random.chance(0.1) ? ["[config.logging]"] : []),
    ...(sub ? ["[tool]"] : []),
    `[${table}.args]`,
    ...specs.map(({ name, fields }) => `${name} = {${text(fields)}}`),
    ...(specs.length > 1 && random.chance(0.3) ? [`[${table}.groups.g]`, ...group(names, random)] : []),
  ];
  return {
    toml: `${lines.join("\n")}\n`,
    path: sub ? ["sub"] : [],
    env: variables(specs, 0.12, random),
    envFile: variables(specs, 0.06, random),
    call: random.chance(0.6)
      ? { words: wordsFor(specs, random) }
      : { arguments: argumentsFor(specs, random) },
  };
}

function text(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key} = ${value}`)
    .join(", ");
}

function argument(name: string, random: Random): Spec {
  const type = random.of(TYPES);
  const fields: Record<string, string> = { type: JSON.stringify(type) };
  if (type === "choice") fields.options = '["one", "two", "-slow"]';
  if (type === "int" && random.chance(0.2)) fields.range = "[-10, 10]";
  if (random.chance(0.45)) fields.default = random.of(DEFAULTS[type] ?? ['"a"']);
  else if (random.chance(0.6)) fields.required = "false";
  if (["str", "int", "path"].includes(type)) {
    if (random.chance(0.15)) fields.multiple = "true";
    else if (random.chance(0.1)) fields.delimiter = '","';
  }
  if (type !== "rest" && random.chance(0.2)) fields.short = `"-${name.charAt(0)}"`;
  if (type !== "rest" && type !== "flag" && random.chance(0.12))
    fields.position = String(random.below(3) + 1);
  if (random.chance(0.15)) fields.env = `"ALIAS_${name.toUpperCase().replace("-", "_")}"`;
  return { name, type, fields };
}

function group(names: readonly string[], random: Random): string[] {
  const named = names.filter(() => random.chance(0.7)).map((name) => JSON.stringify(name));
  if (random.chance(0.1)) named.push('"not-there"');
  const rule = random.of(["exclusive", "inclusive", "at-least-one", "exactly-one", "if"]);
  if (rule !== "if") return [`${rule} = true`, `args = [${named.join(", ")}]`];
  return [`if = ${JSON.stringify(random.of(names))}`, `requires = [${named.join(", ")}]`];
}

function variables(specs: readonly Spec[], share: number, random: Random): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { name, type, fields } of specs) {
    const part = name.toUpperCase().replace("-", "_");
    if (random.chance(share)) env[`RUNSPEC_TOOL_ARG_${part}`] = oneLine(random.of(TEXTS[type] ?? ["a"]));
    if (fields.env !== undefined && random.chance(share * 4))
      env[`ALIAS_${part}`] = oneLine(random.of(TEXTS[type] ?? ["a"]));
  }
  return env;
}

/** The lines of a `.runspec_env` are not what is compared. */
function oneLine(value: string): string {
  return value.replace("\n", " ");
}

function wordsFor(specs: readonly Spec[], random: Random): string[] {
  const words: string[] = [];
  let rest: string[] = [];
  for (const { name, type, fields } of specs) {
    if (!random.chance(0.6)) continue;
    const value = random.of(TEXTS[type] ?? ["a"]);
    const times = fields.multiple !== undefined && random.chance(0.5) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      if (type === "rest") rest = ["--", value, random.of(["a", "-c"])];
      else if (fields.position !== undefined) words.push(value);
      else words.push(...named(name, type, value, fields, random));
    }
  }
  if (random.chance(0.04)) words.push(random.of(["--unknown", "surplus", "-z"]));
  return [...words, ...rest];
}

function named(name: string, type: string, value: string, fields: Spec["fields"], random: Random): string[] {
  const flag = fields.short !== undefined && random.chance(0.3) ? JSON.parse(fields.short) : `--${name}`;
  if (type === "flag") return random.chance(0.8) ? [flag] : [`--${name}=${value}`];
  return flag.startsWith("--") && random.chance(0.4) ? [`${flag}=${value}`] : [flag, value];
}

function argumentsFor(specs: readonly Spec[], random: Random): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { name, type, fields } of specs) {
    if (!random.chance(0.6)) continue;
    const one = (): unknown => json(type, random.of(TEXTS[type] ?? ["a"]));
    given[name] = fields.multiple !== undefined || type === "rest" ? [one(), one()] : one();
  }
  return given;
}

function json(type: string, value: string): unknown {
  if (type === "flag" || type === "bool") return ["true", "1", "yes", "on"].includes(value);
  const number = Number(value);
  return (type === "int" || type === "float") && value !== "" && !Number.isNaN(number) ? number : value;
}
