/** What a script on another machine found out: lines `MARK key value` among whatever else that machine prints. */

export type MarkedLines = ReturnType<typeof readMarkedLines>;

export function readMarkedLines(printed: string, mark: string) {
  // Each line is read once, from its first mark on: a host may send thousands in one.
  const marked = printed.matchAll(new RegExp(`${mark} (\\w+) ?([^\\n]*)`, "g"));
  const lines = [...marked].map(([, key = "", value = ""]) => ({ key, value: value.trimEnd() }));
  const all = (key: string) => lines.filter((line) => line.key === key).map(({ value }) => value);
  return {
    all,
    one: (key: string) => all(key).at(-1),
    /** The script came to its end: a shell that was put in its place, or a forced command, may end well without a word of it. */
    complete: lines.some(({ key }) => key === "end"),
  };
}
