/** A real interactive shell in a real terminal: type into it, press Tab, and see what is on its line. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "./processes.ts";
import { tempDir } from "./temp.ts";
import { startInTerminal } from "./terminal.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type ShellName = (typeof SHELLS)[number];

export interface InteractiveShell {
  /** Types `text`, presses Tab and gives the line as it then is, which is taken away again. */
  tab(text: string): Promise<string>;
  /** Types `text`, presses Tab, then Enter. */
  tabEnter(text: string): void;
  /** Everything it has shown. */
  screen(): string;
  close(): Promise<void>;
}

const PROMPT = "READY> ";
const DUMP = "\x18\x04";
const ERASE = "\x15";
const LIMIT_MS = 30_000;

/** Start-up files: the completion, a prompt to wait for, and a key (Ctrl-X Ctrl-D) that writes the line into a file. */
const STARTUP: Record<ShellName, { file: string; argv: string[]; text: string }> = {
  bash: {
    file: "rc",
    argv: ["bash", "--noprofile", "--rcfile", "rc", "-i"],
    text: `PS1='${PROMPT}'
bind 'set bell-style none'
eval "$(runspec completion bash)"
dump() { printf %s "$READLINE_LINE" >"$LINE_FILE.new"; mv "$LINE_FILE.new" "$LINE_FILE"; }
bind -x '"\\C-x\\C-d": dump'
`,
  },
  zsh: {
    file: ".zshrc",
    argv: ["zsh", "-d", "-i"],
    text: `PS1='${PROMPT}'
setopt no_beep no_prompt_sp
autoload -Uz compinit && compinit -u -D
source <(runspec completion zsh)
dump() { print -rn -- "$BUFFER" >"$LINE_FILE.new"; mv "$LINE_FILE.new" "$LINE_FILE"; }
zle -N dump
bindkey -e
bindkey '^X^D' dump
`,
  },
  fish: {
    file: "fish/config.fish",
    argv: ["fish", "-i"],
    text: `set -g fish_greeting
function fish_prompt; echo -n '${PROMPT}'; end
runspec completion fish | source
function dump; commandline >"$LINE_FILE.new"; mv "$LINE_FILE.new" "$LINE_FILE"; end
bind \\cx\\cd dump
`,
  },
};

/** Starts `shell` in `cwd` with `env` added to what a child of the tests gets; PATH must lead to runspec. */
export async function startShell(
  shell: ShellName,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<InteractiveShell> {
  const { file, argv, text } = STARTUP[shell];
  const home = tempDir();
  const lineFile = join(home, "line");
  mkdirSync(join(home, "fish"));
  // Where it is not there, fish reads every manual page of the machine in the background, for a minute.
  mkdirSync(join(home, ".local/share/fish/generated_completions"), { recursive: true });
  writeFileSync(join(home, file), text);
  const [name = "", ...words] = argv;
  const path = Bun.which(name);
  if (path === null) throw new Error(`there is no ${name} on this machine`);
  const program = startInTerminal([path, ...words.map((word) => (word === file ? join(home, file) : word))], {
    cwd,
    env: { HOME: home, ZDOTDIR: home, XDG_CONFIG_HOME: home, LINE_FILE: lineFile, ...env },
    isLarge: true,
  });
  const { type, screen, close } = program;
  await program.sees(PROMPT);
  return {
    screen,
    close,
    async tab(typed) {
      rmSync(lineFile, { force: true });
      type(`${typed}\t${DUMP}`);
      await waitUntil(
        () => existsSync(lineFile),
        LIMIT_MS,
        () => `the line of ${shell}; it shows ${screen()}`,
      );
      const line = readFileSync(lineFile, "utf8");
      type(ERASE);
      return shell === "fish" ? line.replace(/\n$/, "") : line;
    },
    tabEnter(typed) {
      type(`${typed}\t\r`);
    },
  };
}
