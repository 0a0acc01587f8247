/** fish: the script, and answers for it. fish quotes what it inserts. */

import type { Completion } from "./candidate.ts";

export const FISH_SCRIPT = `# runspec: completion for fish. In ~/.config/fish/config.fish: runspec completion fish | source
# or as ~/.config/fish/completions/runspec.fish
function __runspec_complete
    set -l typed (commandline -ct)
    set -l current (string unescape -- "$typed"); or set current "$typed"
    set -l answer (command runspec __complete fish -- (commandline -opc) "$current" 2>/dev/null)
    set -l kind $answer[1]
    set -e answer[1]
    set -q answer[1]; and printf '%s\\n' $answer
    if string match -q 'files*' -- "$kind"
        set -l prefix (string replace -r '^files ' '' -- "$kind")
        set -l path (string sub -s (math (string length -- "$prefix") + 1) -- "$current")
        for found in (__fish_complete_path "$path")
            echo $prefix$found
        end
    end
end
complete -c runspec -f -k -a '(__runspec_complete)'
`;

/** What the script reads: `words`, or `files` and what of the word stands before the path; then `value TAB description` lines. */
export function renderForFish({ candidates, files }: Completion): string {
  const kind = files === undefined ? "words" : `files ${files.prefix}`;
  return `${[kind, ...candidates.map(({ value, description }) => (description === undefined ? value : `${value}\t${description}`))].join("\n")}\n`;
}
