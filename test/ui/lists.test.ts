/** Lists of hosts and groups, as wide as the terminal is. */

import { expect, test } from "bun:test";
import { renderJumpGroups, renderJumpHosts } from "../../src/ui/lists.ts";

const HOSTS = [
  {
    alias: "box",
    host: "10.0.0.5",
    user: "me",
    bin: "/opt/runspec",
    file: "/home/me/project/runspec.toml",
  },
];
const GROUPS = [{ name: "web", from: "web-01, web-02, web-03, web-04" }];

test("on a wide terminal and off one, a host and a group have a line each", () => {
  for (const width of [Number.POSITIVE_INFINITY, 80])
    expect(`${renderJumpHosts(HOSTS, width)}\n${renderJumpGroups(GROUPS, width)}`).toBe(
      `Configured jump hosts (/home/me/project/runspec.toml):

  box               host: 10.0.0.5 (user: me) bin: /opt/runspec

Groups:

  @web              web-01, web-02, web-03, web-04
`,
    );
});

test("on a narrow one, lines are broken between words", () => {
  expect(`${renderJumpHosts(HOSTS, 40)}\n${renderJumpGroups(GROUPS, 40)}`).toBe(
    `Configured jump hosts
(/home/me/project/runspec.toml):

  box
    host: 10.0.0.5 (user: me)
    bin: /opt/runspec

Groups:

  @web              web-01, web-02,
                    web-03, web-04
`,
  );
});
