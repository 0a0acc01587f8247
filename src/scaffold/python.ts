/** Tools written in Python, with its standard library alone. */

import type { Scripts } from "./plan.ts";

const hello = (name: string) => `\
#!/usr/bin/env python3
"""${name}: greets somebody. runspec.toml says what it takes, and runspec has checked it when this starts.

Every value is in the environment, defaults filled in: RUNSPEC_ARG_ and the argument's name. What was given stands in
sys.argv as well, as for any command. Output is passed on as it is written; the exit code is the tool's own.
"""

import os

who = os.environ.get("RUNSPEC_ARG_WHO", "world")
times = int(os.environ.get("RUNSPEC_ARG_TIMES", "1"))
shout = os.environ.get("RUNSPEC_ARG_SHOUT") == "1"  # a flag is 1 or 0

greeting = f"Hello, {who}!"
for _ in range(times):
    print(greeting.upper() if shout else greeting)
`;

const COUNT = `\
#!/usr/bin/env python3
"""count: lines, words and bytes of a file or a text, as JSON. That one of the two is given is a rule in runspec.toml."""

import json
import os
import sys

file = os.environ.get("RUNSPEC_ARG_FILE")
units = os.environ.get("RUNSPEC_ARG_UNIT", "lines\\nwords\\nbytes").split("\\n")  # a list has one value a line

# What goes wrong is said on stderr, with an exit code other than 0: sys.exit does both.
if file is None:
    content = os.environ.get("RUNSPEC_ARG_TEXT", "").encode()
else:
    try:
        with open(file, "rb") as opened:
            content = opened.read()
    except OSError as error:
        sys.exit(f"count: cannot read {file}: {error.strerror}")

counts = {"lines": content.count(b"\\n"), "words": len(content.split()), "bytes": len(content)}
print(json.dumps({unit: counts[unit] for unit in units}))
`;

const STEPS = `\
#!/usr/bin/env python3
"""steps: works through some steps. What is done goes to stdout, how far it is to stderr; both are shown as they are written."""

import os
import signal
import sys
import time

count = int(os.environ.get("RUNSPEC_ARG_COUNT", "5"))
pause = float(os.environ.get("RUNSPEC_ARG_PAUSE", "0.5"))
fail_at = int(os.environ.get("RUNSPEC_ARG_FAIL_AT", "0"))  # not given, and without a default: it is not set
done = 0


def cancelled(_signal, _frame):
    print(f"steps: cancelled after {done} of {count}", file=sys.stderr)
    sys.exit(143)


# Ctrl-C, a timeout or a lost connection ends a tool with TERM; 5 seconds later comes KILL.
signal.signal(signal.SIGTERM, cancelled)

for step in range(1, count + 1):
    print(f"[{step}/{count}]", file=sys.stderr)
    time.sleep(pause)
    if step == fail_at:
        print(f"steps: step {step} failed", file=sys.stderr)
        sys.exit(3)
    # Python keeps what is printed to a pipe until there is a lot of it; flush passes it on at once.
    print(f"step {step} is done", flush=True)
    done = step
`;

export const pythonScripts: Scripts = {
  extension: ".py",
  interpreter: ["python"],
  hello,
  count: COUNT,
  steps: STEPS,
};
