/** Tools written for POSIX sh, and the same for bash. */

import type { Scripts } from "./plan.ts";

const hello = (name: string) => `\
# ${name}: greets somebody. runspec.toml says what it takes, and runspec has checked it when this starts.
#
# Every value is in the environment, defaults filled in: RUNSPEC_ARG_ and the argument's name. What was given stands in "$@"
# as well, as for any command. Output is passed on as it is written; the exit code is the tool's own.
STRICT

who=\${RUNSPEC_ARG_WHO:-world}
times=\${RUNSPEC_ARG_TIMES:-1}
shout=\${RUNSPEC_ARG_SHOUT:-0}   # a flag is 1 or 0

greeting="Hello, $who!"
if [ "$shout" = 1 ]; then
  greeting=$(printf '%s' "$greeting" | tr '[:lower:]' '[:upper:]')
fi

while [ "$times" -gt 0 ]; do
  printf '%s\\n' "$greeting"
  times=$((times - 1))
done
`;

const COUNT = `\
# count: lines, words and bytes of a file or a text, as JSON. That one of the two is given is a rule in runspec.toml.
STRICT

file=\${RUNSPEC_ARG_FILE:-}
units=\${RUNSPEC_ARG_UNIT:-"lines
words
bytes"}   # a list has one value a line

content() {
  if [ -n "$file" ]; then cat -- "$file"; else printf '%s' "\${RUNSPEC_ARG_TEXT:-}"; fi
}

# What goes wrong is said on stderr, with an exit code other than 0.
if [ -n "$file" ] && [ ! -r "$file" ]; then
  echo "count: cannot read $file" >&2
  exit 1
fi

separator='{'
for unit in $units; do
  case $unit in
  lines) number=$(content | wc -l) ;;
  words) number=$(content | wc -w) ;;
  bytes) number=$(content | wc -c) ;;
  esac
  printf '%s"%s": %d' "$separator" "$unit" "$((number))"
  separator=', '
done
printf '}\\n'
`;

const STEPS = `\
# steps: works through some steps. What is done goes to stdout, how far it is to stderr; both are shown as they are written.
STRICT

count=\${RUNSPEC_ARG_COUNT:-5}
pause=\${RUNSPEC_ARG_PAUSE:-0.5}
fail_at=\${RUNSPEC_ARG_FAIL_AT:-0}   # an argument that was not given and has no default is not set

# Ctrl-C, a timeout or a lost connection ends a tool with TERM; 5 seconds later comes KILL.
trap 'echo "steps: cancelled after $((step - 1)) of $count" >&2; exit 143' TERM

step=1
while [ "$step" -le "$count" ]; do
  echo "[$step/$count]" >&2
  sleep "$pause"
  if [ "$step" = "$fail_at" ]; then
    echo "steps: step $step failed" >&2
    exit 3
  fi
  echo "step $step is done"
  step=$((step + 1))
done
`;

function scripts(shell: string, shebang: string, strict: string): Scripts {
  const script = (body: string) => `${shebang}\n${body.replace("STRICT", strict)}`;
  return {
    extension: "",
    interpreter: [shell],
    hello: (name) => script(hello(name)),
    count: script(COUNT),
    steps: script(STEPS),
  };
}

export const shScripts: Scripts = scripts("sh", "#!/bin/sh", "set -eu");
export const bashScripts: Scripts = scripts("bash", "#!/usr/bin/env bash", "set -euo pipefail");
