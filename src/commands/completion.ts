/** `runspec completion`: the script that makes a shell ask runspec. */

import { type Command, word } from "../cli/options.ts";
import { textArg } from "../cli/read-args.ts";
import bash from "../completion/scripts/bash.txt";
import fish from "../completion/scripts/fish.txt";
import zsh from "../completion/scripts/zsh.txt";
import { EXIT, usageError } from "../errors.ts";
import { visible } from "../text.ts";

const SCRIPTS = new Map(Object.entries({ bash, zsh, fish }));

export const command: Command = {
  description:
    "Print a shell's completion script. It completes commands, options, aliases and tools; after --, a tool's own options and choices. A host's tools are those that jump remembers; with RUNSPEC_COMPLETE_REMOTE=1 the host is asked.",
  args: { shell: word("bash, zsh or fish", "bash|zsh|fish") },
  examples: [
    ['eval "$(runspec completion bash)"', "in ~/.bashrc"],
    ["source <(runspec completion zsh)", "in ~/.zshrc, after compinit"],
    ["runspec completion fish | source", "in ~/.config/fish/config.fish"],
  ],
  async run(args, context) {
    const shell = textArg(args, "shell");
    const script = SCRIPTS.get(shell ?? "");
    const lack = shell ? `there is no completion for "${visible(shell)}"` : "completion needs a shell";
    if (script === undefined) throw usageError(`${lack}: bash, zsh or fish`);
    await context.stdout.write(script);
    return EXIT.OK;
  },
};
