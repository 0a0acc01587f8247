/** zsh: the script, and answers for it. zsh quotes what it inserts. */

import type { Completion } from "./candidate.ts";

export const ZSH_SCRIPT = `#compdef runspec
# runspec: completion for zsh. In ~/.zshrc, after compinit: source <(runspec completion zsh)
# or as a file named _runspec in a directory of $fpath.
_runspec() {
  local kind line value
  local -a answer values shown
  answer=("\${(@f)$(command runspec __complete zsh -- "\${(@Q)words[1,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  kind=\${answer[1]-}
  for line in "\${(@)answer[2,-1]}"; do
    value=\${line%%$'\\t'*}
    [[ -n $value ]] || continue
    values+=("$value")
    if [[ $value == $line ]]; then shown+=("$value"); else shown+=("$value  -- \${line#*$'\\t'}"); fi
  done
  (( \${#values} )) && compadd -l -V runspec -d shown -a values
  if [[ $kind == files* ]]; then
    compset -p \${kind#files } && _files
  fi
  return 0
}
if [[ \${funcstack[1]-} == _runspec ]]; then
  _runspec "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _runspec runspec
fi
`;

/** What the script reads: `words`, or `files` and how much of the word stands before the path; then `value TAB description` lines. */
export function renderForZsh({ candidates, files }: Completion): string {
  const kind = files === undefined ? "words" : `files ${files.prefix.length}`;
  return `${[kind, ...candidates.map(({ value, description }) => (description === undefined ? value : `${value}\t${description}`))].join("\n")}\n`;
}
