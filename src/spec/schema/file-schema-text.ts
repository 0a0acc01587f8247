/** What an editor shows for a key, by definition and key. A test holds it against the schemas. */
export const DESCRIPTIONS: Record<string, Record<string, string>> = {
  config: {
    "autonomy-default": 'The autonomy of tools that do not say theirs. Default: "confirm"',
    lang: "Preferred language of generated code; not used by runspec itself",
    name: "The name the server gives itself to its clients",
    version: 'The version of the format. Default: "1"',
    runspec_env:
      "A .runspec_env file with values for arguments; relative to the environment, else to this file",
    logging: "An audit trail: one JSON line for each call",
    "jump-hosts": "The machines that `runspec jump` can reach, by alias",
    "jump-groups":
      "Names for several hosts at once, typed as @name: a list of aliases, destinations, lists and @groups, or a command that prints an inventory",
  },
  logging: {
    rotate:
      'When to start a new file: "midnight" (the default), "daily", "weekly", or a size such as "10 MB"',
    keep: "How many old files are kept. Default: 7",
    summary: "Read by the language packs; not used by runspec itself",
    dir: "Where the files go; relative to this file",
  },
  jumpHost: {
    host: "Host name or IP address, usually a Host of ~/.ssh/config. Default: the alias",
    bin: 'The runspec binary on the remote; its name must be runspec. Default: RUNSPEC_JUMP_BIN, else "runspec"',
    user: "SSH user",
    port: "SSH port. Default: 22",
    "ssh-key": "Private key, as for ssh -i",
    "use-ssh-config": "Whether ~/.ssh/config is read. Default: true",
    "ssh-options": 'Further options for ssh, each as for -o: "ConnectTimeout=10"',
    multiplex: "Keep one connection open and share it between calls. Default: false",
  },
  tool: {
    description: "What it does, for people and agents",
    autonomy:
      "How far an agent is trusted: autonomous, confirm (a person agrees first), supervised (a person looks at the output), manual (people only)",
    "autonomy-reason": "Why it has this level",
    output: 'What it prints: "text" (the default), "json" or "html"',
    serve: 'Where it is offered: true (the default), false, or a list of "local" and "remote"',
    "read-only": "It changes nothing; clients may run it unasked",
    idempotent: "To call it again with the same arguments changes nothing more",
    "open-world":
      "It deals with more than this machine. Default: true, but false with autonomous or read-only",
    "max-output":
      'How much of each stream an agent is shown: "64 KiB" (the default), "2 MiB", bytes, or "none" for no limit',
    argv: 'What the tool finds in argv: "words" (the default), what was given, or "none"',
    hosts: "The host names it is offered on. Default: all",
    run_as: 'The user it runs as: a name, "$VARIABLE", or a table with default, hosts and patterns',
    become_method: 'How it becomes that user: "sudo" (the default), "su", "pbrun" or "dzdo"',
    become_flags: "Flags for the become method",
    become_env:
      "Whether the RUNSPEC_… variables reach the other user, through env. Default: when an argument names an env",
    examples: "Command lines that show its use",
    runspec_env: "A .runspec_env file with values for its arguments",
    command:
      "What to run: a program, or a list of a program and its first words. Default: the executable called like the tool",
    lease:
      'For how long the connection of the call may be silent before the tool is ended: "10m", "12h". Default: 2 minutes',
    timeout: 'How long it may take: "90s", "5m", "1h30m". Default: for ever',
    "stop-timeout": 'How long it has between TERM and KILL when it is ended. Default: "5s"',
    args: "Its arguments, by name",
    groups: "Rules between its arguments, by name",
    commands: "Its subcommands, by name; each becomes a tool called name_subcommand",
  },
  argumentTable: {
    type: "What a value is. Inferred from options or default, else str",
    default: "The value when none is given; without one the argument is required",
    required: "Whether it must be given. Default: when there is no default, and it is no flag or rest",
    description: "What it means, for people and agents",
    options: "The values it may have",
    range: "The least and the most a number may be: [1, 100]",
    multiple: "Whether it takes several values, given by repeating it. Default: false",
    delimiter: "What separates several values given in one text",
    short: 'Its short flag: "-v"',
    env: "Environment variables that give it a value when the caller does not, the first one set wins",
    deprecated: "What to use instead; shown when it is used",
    autonomy: "The autonomy of calls that give this argument, where that is more restrictive",
    ui: "How a form should ask for it",
    meta: "Anything; passed on, never looked at",
    pass: 'How the tool is given it: "both" (the default), "argv", or "env"',
    position: "Its place among the words that are not flags; 1 is the first",
  },
  group: {
    exclusive: "At most one of args may be given",
    inclusive: "All of args are given, or none",
    "at-least-one": "One or more of args must be given",
    "exactly-one": "One of args must be given, and no more",
    args: "The arguments the rule is about",
    if: "When this argument is given, those in requires must be given too",
    requires: "The arguments that `if` makes required",
  },
};
