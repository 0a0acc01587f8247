/** The differences that are as they should be; docs/differences.md tells them to those who move over. The first that fits counts. */
export const DECIDED: readonly { kind: RegExp; why: string }[] = [
  {
    kind: /refuses \(Unknown type/,
    why: "a type that a tool registers itself, which this one has not",
  },
  { kind: /^the tool itself: /, why: "the tool refuses what it refuses without us, by rules of its library" },
  {
    kind: /then the tool helps$/,
    why: "its library takes -h and --help anywhere for a call for help, also after --",
  },
  {
    kind: /theirs helps, ours/,
    why: "-h is a value here where a value is due, and --help in JSON is a value",
  },
  {
    kind: /theirs refuses \(X requires a value/,
    why: "a value may begin with a dash, and is joined to its name",
  },
  {
    kind: /theirs refuses \(unknown argument\), ours accept/,
    why: "a word with a place is passed by its place, and may begin with a dash",
  },
  {
    kind: /flag is bool directly/,
    why: "a flag given as false, or by a variable with 0, false, no or off, is off: there any text is on",
  },
  { kind: /flag is NoneType directly/, why: "its server does not tell a subcommand of an explicit false" },
  { kind: /source runspec_env, through us env/, why: "the values of .runspec_env stand in the environment" },
  {
    kind: /source (?:spec_default|not_set|cli), through us env/,
    why: "a flag that was given as false is told by its variable",
  },
  {
    kind: /source cli, through us spec_default/,
    why: "an empty text for a list is an empty list, which is what its default is",
  },
  {
    kind: /theirs accepts, ours refuse \(X is required(?:\)| \(or set)/,
    why: "an empty text for a list is an empty list, and so not given",
  },
  { kind: /with (?:multiple|delimiter)/, why: "its Python library makes the text of a list of it" },
  {
    kind: /coerce value a list|tool refuses \(Cannot coerce value a list/,
    why: "its Python library has no lists of numbers",
  },
  {
    kind: /theirs accepts, ours refuse \([^)]* required together with X\)|ours refuse \(give (?:exactly|at least) one/,
    why: "defaults do not count to rules between arguments, and names with a hyphen do",
  },
  {
    kind: /theirs accepts, ours refuse \(X exclude each other/,
    why: "names with a hyphen count to rules between arguments",
  },
  {
    kind: /theirs accepts, ours accept, then the tool refuses \((?:Incomplete|Conflicting|Group)/,
    why: "an explicit false is given there, and nothing here",
  },
  {
    kind: /theirs accepts, ours refuse \(X: found/,
    why: "a flag is given as true or false, in any of its ways; there any text is true",
  },
  {
    kind: /theirs accepts, ours refuse the file \(found/,
    why: "nothing can have a place after what takes all the words that are left",
  },
  {
    kind: /theirs refuses \(Cannot coerce value … .*ours accept/,
    why: '"" for an optional number, or in its variable, is not given',
  },
  {
    kind: /theirs refuses \((?:Missing|Group|Incomplete|Conflicting).*ours accept/,
    why: "what is required under a hyphenated name counts, and an explicit false is not given",
  },
  {
    kind: /the tool sees of (?:float|int|bool|path|str|choice) \((?:env|runspec_env)\)/,
    why: "an empty variable is none here",
  },
  {
    kind: /ours refuse \(X: found …, which the tool would take/,
    why: "a word with a place never becomes a flag",
  },
];
