/** The project that the clients are let loose on: a few tools that do something, and enough others for two pages. */

import { fixture } from "../harness/binary.ts";

const tool = (name: string, argv: readonly string[], more = "") =>
  `[${name}]\nautonomy = "autonomous"\ncommand = ${JSON.stringify(argv)}\n${more}\n`;

const script = (text: string) => ["/bin/sh", "-c", text, "sh"];

/** An argument of each type. */
const TYPES = `[types.args]
text  = { type = "str" }
count = { type = "int", range = [1, 9] }
ratio = { type = "float", required = false }
sure  = { type = "bool", required = false }
force = { type = "flag" }
level = { options = ["low", "high"], required = false }
port  = { options = [80, 443], required = false }
tag   = { type = "str", multiple = true, required = false }
ids   = { type = "int", delimiter = ",", required = false }
file  = { type = "path", required = false }
more  = { type = "rest" }
`;

const FILLERS = Array.from({ length: 1100 }, (_, index) => `filler-${index}`);

export const SPEC = [
  tool(
    "greet",
    script('echo "hello $RUNSPEC_ARG_WHO"'),
    'description = "says hello"\n[greet.args]\nwho = { type = "str", description = "to whom" }',
  ),
  tool("report", ["echo", '{"ok":true}'], 'output = "json"'),
  tool("number", ["echo", "42"]),
  tool("fail", [fixture("exit-with"), "3", "out", "err"]),
  '[wipe]\nautonomy = "manual"\ncommand = "true"\n',
  tool("slow", script("echo working; sleep 1")),
  tool("silent", script("sleep 40; echo awake")),
  tool("types", script(`printf '%s\\n' "$@"`), TYPES),
  tool("sleeper", [fixture("sleeper"), "pids"]),
  tool("flood", [fixture("flood"), "50000000"]),
  ...FILLERS.map((name) => tool(name, ["true"])),
].join("\n");

export const TOOL_NAMES = [
  "greet",
  "report",
  "number",
  "fail",
  "wipe",
  "slow",
  "silent",
  "types",
  "sleeper",
  "flood",
  ...FILLERS,
];
