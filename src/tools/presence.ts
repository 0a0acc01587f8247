/** Whether a line of a script asks if a variable is there, or empty, instead of what it says. */

/** As sh, Python, JavaScript, Ruby and Perl write it; what compares the value says more than that. */
export function asksForPresence(variable: string, line: string): boolean {
  if (!line.includes(variable) || /^\s*(?:#|\/\/)/.test(line)) return false;
  return [...ofShells(variable), ...ofLanguages(variable)].some((pattern) => pattern.test(line));
}

/** Nothing, in whichever quotes. */
const EMPTY = `(?:""|'')`;

function ofShells(name: string): RegExp[] {
  const value = `["']?\\$\\{?${name}(?::?[-+]\\w*)?\\}?["']?`;
  const test = "(?:\\[\\[?|\\btest)\\s+(?:!\\s+)?";
  return [
    new RegExp(`${test}(?:-[nz]\\s+)?${value}\\s*(?:\\]|;|&&|\\|\\||$)`),
    new RegExp(`${test}${value}\\s*(?:!=|==?)\\s*${EMPTY}`),
    // As old shells wanted it: [ x"$NAME" != x ]
    new RegExp(`${test}["']?(\\w)${value}\\s*(?:!=|==?)\\s*["']?\\1["']?\\s`),
    new RegExp(`${test}-v\\s+["']?${name}\\b`),
    new RegExp(`\\$\\{${name}:?\\+`),
    new RegExp(`\\bcase\\s+${value}\\s+in\\s+${EMPTY}\\)`),
  ];
}

function ofLanguages(name: string): RegExp[] {
  const key = `["']${name}["']`;
  const value = `(?:${[
    `os\\.(?:environ\\.get|getenv)\\(\\s*${key}(?:\\s*,[^)]*)?\\)`,
    `os\\.environ\\[${key}\\]`,
    `(?:process|Bun)\\.env(?:\\.${name}\\b|\\[${key}\\])`,
    `ENV(?:\\[|\\.fetch\\()${key}[\\])]`,
    `\\$ENV\\{["']?${name}["']?\\}`,
  ].join("|")})`;
  const asking =
    "(?:\\b(?:if|elif|while|unless|and|or|not|bool|Boolean|defined|exists)\\b|!|&&|\\|\\|)[\\s(]*";
  return [
    new RegExp(`${asking}${value}\\s*(?:\\)|:|\\{|;|$|&&|\\|\\||\\b(?:and|or|then|else)\\b)`),
    new RegExp(`${value}\\s*(?:\\?[^?.]|&&|\\band\\b)`),
    new RegExp(`${value}\\s*(?:[!=]==?\\s*(?:undefined|null|None|nil|${EMPTY})|is\\s+(?:not\\s+)?None)`),
    new RegExp(`${key}\\s+(?:not\\s+)?in\\s+os\\.environ`),
    new RegExp(`\\b${key}\\s+in\\s+process\\.env`),
  ];
}
