/** What a gateway says of itself. */

import { expect, test } from "bun:test";
import { gatewayInstructions, gatewayName, hostsLine } from "../../../src/fleet/gateway/instructions.ts";

test("the hosts are named one by one, and folded where they are many", () => {
  const many = Array.from({ length: 21 }, (_, index) => `h${index}`);
  expect([hostsLine(["db"]), hostsLine(["web", "db"]), hostsLine(many)]).toEqual([
    "db (1 host)",
    "web, db (2 hosts)",
    "h{0..20} (21 hosts)",
  ]);
  const names = Array.from({ length: 500 }, (_, index) => `${"x".repeat(index)}`);
  expect(hostsLine(names).length).toBeLessThan(330);
});

test("the levels are those that are known", () => {
  const tool = (name: string, level: string) => ({
    name,
    description: "",
    inputSchema: {},
    "x-autonomy": level,
  });
  const last = (...tools: ReturnType<typeof tool>[]) =>
    gatewayInstructions(["a"], { list: tools, listTool: "list_hosts" }).split("\n").slice(4);
  expect(last(tool("list_hosts", "autonomous"))).toEqual(["- not known before they have been listed"]);
  expect(last(tool("look", "autonomous"), tool("deploy", "confirm"))).toEqual([
    "- confirm (ask the person before you run one of these): deploy",
    "- autonomous (run these unasked): look",
  ]);
  const hosts = Array.from({ length: 500 }, (_, index) => `${"x".repeat(index)}`);
  const many = Array.from({ length: 400 }, (_, at) =>
    tool(`a-tool-with-a-long-name-${at}`, at % 2 ? "manual" : "confirm"),
  );
  const text = gatewayInstructions(hosts, { list: many, listTool: "list_hosts" });
  expect(text.length).toBeLessThan(2048);
  expect(text.match(/^- \w+/gm)).toEqual(["- manual", "- confirm"]);
});

test("a name is short, and plain for every client", () => {
  const names = [
    "@prod",
    "web-{01..20}",
    "web-01,db",
    "@",
    "user@host,",
    "a-very-long-name-of-a-host,b",
    "@staging/app-1",
    `${"-".repeat(500_000)}_,`,
  ];
  expect(names.map(gatewayName)).toEqual([
    "prod",
    "web-01-20",
    "web-01-db",
    "runspec",
    "user-host",
    "a-very-long-name",
    "staging-app-1",
    "runspec",
  ]);
});
