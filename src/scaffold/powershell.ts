/** Tools written for PowerShell: the one that comes with Windows, and any later one. */

import type { Scripts } from "./plan.ts";

const hello = (name: string) => `\
#!/usr/bin/env pwsh
# ${name}: greets somebody. runspec.toml says what it takes, and runspec has checked it when this starts.
#
# Every value is in the environment, defaults filled in: RUNSPEC_ARG_ and the argument's name. Output is passed on as it is
# written; the exit code is the tool's own.
STRICT

$who = if ($env:RUNSPEC_ARG_WHO) { $env:RUNSPEC_ARG_WHO } else { 'world' }
$times = if ($env:RUNSPEC_ARG_TIMES) { [int]$env:RUNSPEC_ARG_TIMES } else { 1 }
$shout = $env:RUNSPEC_ARG_SHOUT -eq '1'   # a flag is 1 or 0

$greeting = "Hello, \${who}!"
if ($shout) { $greeting = $greeting.ToUpper() }

for ($left = $times; $left -gt 0; $left--) {
  [Console]::Out.WriteLine($greeting)
}
`;

const COUNT = `\
#!/usr/bin/env pwsh
# count: lines, words and bytes of a file or a text, as JSON. That one of the two is given is a rule in runspec.toml.
STRICT

$file = $env:RUNSPEC_ARG_FILE
$units = 'lines', 'words', 'bytes'
if ($env:RUNSPEC_ARG_UNIT) { $units = $env:RUNSPEC_ARG_UNIT -split "\`n" }   # a list has one value a line

# What goes wrong is said on stderr, with an exit code other than 0.
if ($file -and -not (Test-Path -LiteralPath $file -PathType Leaf)) {
  [Console]::Error.WriteLine("count: cannot read \${file}: there is no such file")
  exit 1
}

$content = $utf8.GetBytes("$env:RUNSPEC_ARG_TEXT")
if ($file) { $content = [IO.File]::ReadAllBytes((Convert-Path -LiteralPath $file)) }
$text = $utf8.GetString($content)

$counts = [ordered]@{}
foreach ($unit in $units) {
  $counts[$unit] = switch ($unit) {
    'lines' { $text.Split("\`n").Length - 1 }
    'words' { @($text -split '\\s+' | Where-Object { $_ -ne '' }).Count }
    'bytes' { $content.Length }
  }
}
[Console]::Out.WriteLine(($counts | ConvertTo-Json -Compress))
`;

const STEPS = `\
#!/usr/bin/env pwsh
# steps: works through some steps. What is done goes to stdout, how far it is to stderr; both are shown as they are written.
STRICT

$count = if ($env:RUNSPEC_ARG_COUNT) { [int]$env:RUNSPEC_ARG_COUNT } else { 5 }
$pause = if ($env:RUNSPEC_ARG_PAUSE) { [double]$env:RUNSPEC_ARG_PAUSE } else { 0.5 }
$failAt = $env:RUNSPEC_ARG_FAIL_AT   # an argument that was not given and has no default is not set

# Ctrl-C, a timeout or a lost connection ends a tool; on Windows it has no time for last words.
for ($step = 1; $step -le $count; $step++) {
  [Console]::Error.WriteLine("[$step/$count]")
  Start-Sleep -Milliseconds ([int]($pause * 1000))
  if ("$step" -eq $failAt) {
    [Console]::Error.WriteLine("steps: step $step failed")
    exit 3
  }
  [Console]::Out.WriteLine("step $step is done")
}
`;

/** Windows PowerShell goes on after an error, and writes the code page of an old console, unless told otherwise. */
const STRICT = `
$ErrorActionPreference = 'Stop'
$utf8 = New-Object Text.UTF8Encoding $false
[Console]::OutputEncoding = $utf8`;

const script = (body: string): string => body.replace("STRICT", () => STRICT.slice(1));

export const powershellScripts: Scripts = {
  extension: ".ps1",
  interpreter: ["powershell", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"],
  hello: (name) => script(hello(name)),
  count: script(COUNT),
  steps: script(STEPS),
};
