import { expect, test } from "bun:test";
import { hostPath, withField } from "../../../src/spec/toml/edit.ts";

test.each([
  ["[config.jump-hosts.box]\nport = 1\n", '[config.jump-hosts.box]\nbin = "/x"\nport = 1\n'],
  [
    "[config.jump-hosts.box.more]\nport = 1\n[config.jump-hosts.box]\n",
    '[config.jump-hosts.box]\nbin = "/x"\n',
  ],
])("a field goes below the header of its table: %j", (text, end) => {
  expect(withField(text, hostPath("box"), "bin", "/x")).toEndWith(end);
});

test.each(["[config.jump-hosts.box.more]\nport = 1\n", "[config]\njump-hosts.box.port = 1\n"])(
  "a table without a header of its own gets no field in another: %j",
  (text) => {
    expect(withField(text, hostPath("box"), "bin", "/x")).toBeUndefined();
  },
);
