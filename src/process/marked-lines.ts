/** What a script on another machine found out: lines `MARK key value` among whatever else that machine prints. */

export type MarkedLines = ReturnType<typeof readMarkedLines>;

export function readMarkedLines(printed: string, mark: string) {
  const lines = printed.split("\n").flatMap((line) => {
    // Behind the key nothing can fail: a line of a thousand marks would be read to its end from each.
    const [, key, value = ""] = new RegExp(`${mark} (\\w+) ?(.*)`, "s").exec(line.trimEnd()) ?? [];
    return key === undefined ? [] : [{ key, value }];
  });
  const all = (key: string) => lines.filter((line) => line.key === key).map(({ value }) => value);
  return {
    all,
    one: (key: string) => all(key).at(-1),
    /** The script came to its end: a shell that was put in its place, or a forced command, may end well without a word of it. */
    complete: lines.some(({ key }) => key === "end"),
  };
}
