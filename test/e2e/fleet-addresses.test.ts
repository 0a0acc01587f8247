/** Options for lists, over TCP: one sshd on 127.0.0.1 to 127.0.0.9, each address a host of its own, and nobody on 127.0.0.10. */

import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../harness/ports.ts";
import { waitUntil } from "../harness/processes.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { alike, available, fleet, sorted } from "./fleet-site.ts";

setDefaultTimeout(90_000);

const version = (text: string, options: string) => `
[where]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo ${text}; echo ran >>ran; test ! -e stall || exec sleep 3712", "sh"]
args.env = {type = "choice", options = [${options}], required = false}
`;
const GOOD = Array.from({ length: 6 }, (_, index) => `h${index + 1}`);
/** One without the tool, one with another version of it, one that stalls in the middle, one out of reach. */
const [BARE, OTHER, STALLS, AWAY] = ["h7", "h8", "h9", "h10"] as const;

/** The port of an sshd on all of these addresses, each of which leads to its own host of `site`. */
async function listen(site: ReturnType<typeof fleet>): Promise<{ stop(): void }> {
  const port = freePort();
  const hosts = [...GOOD, BARE, OTHER, STALLS];
  const login = join(site.dir, "login");
  writeExecutable(login, `set -- $SSH_CONNECTION\nexec ${site.dir}/hosts/h\${3##*.}/login`);
  const config = readFileSync(join(site.dir, "hosts/h1/sshd_config"), "utf8");
  const addresses = hosts.map((name) => `ListenAddress 127.0.0.${name.slice(1)}:${port}`);
  const own = [`PidFile ${site.dir}/pid`, "MaxStartups 100", "LogLevel INFO", ...addresses];
  writeFileSync(
    join(site.dir, "sshd_config"),
    `${own.join("\n")}\n${config.replace(/^ForceCommand .*$/m, `ForceCommand ${login}`)}`,
  );
  const log = join(site.dir, "log");
  const server = Bun.spawn(["/usr/sbin/sshd", "-D", "-f", join(site.dir, "sshd_config"), "-E", log], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  const listening = () =>
    existsSync(log) ? readFileSync(log, "utf8").split("Server listening").length - 1 : 0;
  await waitUntil(() => listening() === hosts.length, 10_000, "sshd to listen everywhere");
  const sshConfig = join(site.dir, "ssh_config");
  const sections = [...hosts, AWAY].map(
    (name) => `Host ${name}\n  HostName 127.0.0.${name.slice(1)}\n  Port ${port}\n`,
  );
  const before = readFileSync(sshConfig, "utf8");
  writeFileSync(sshConfig, [...sections, before.slice(before.indexOf("Host *\n"))].join("\n"));
  return { stop: () => server.kill() };
}

describe.skipIf(!available())("hosts on ten addresses", () => {
  const hosts = {
    ...alike([...GOOD, STALLS], version("v1", '"lab", "live"')),
    [BARE]: "",
    [OTHER]: version("v2", '"live"'),
  };
  const toml = '[config.jump-groups]\ngood = ["h{1..6}"]\nall = ["@good", "h{7..10}"]\n';
  const site = fleet({ hosts, toml, down: [AWAY], withoutSsh: true });
  const ran = () => [...GOOD, OTHER, STALLS].map((name) => site.lines(name, "ran").length);
  const lines = (names: readonly string[]) => names.map((name) => `${name} │ v1`);
  let stop = () => {};
  afterAll(() => stop());

  test("are called, and each has its own end", async () => {
    const over = fleet({ hosts, toml, down: [AWAY] });
    const server = await listen(over);
    stop = server.stop;
    writeFileSync(join(over.home(STALLS), "stall"), "");
    const told = await over.jump(["@all", "where", "--timeout", "4s"]);
    expect([told.code, sorted(told.out)]).toEqual([1, [...lines([...GOOD, STALLS]), `${OTHER} │ v2`].sort()]);
    expect(told.stderr).toEndWith(
      "runspec: where succeeded on 7 of 10 hosts\n  timed out (124): h9 (1 host)\n  no such tool (127): h7 (1 host)\n  out of reach (255): h10 (1 host)\n",
    );
    expect(told.stderr).toContain("runspec: h10: ");
  });

  // What follows is the same for any ssh.
  test("are called with options for steps and files", async () => {
    const before = ran();
    const nowhere = join(tempDir(), "out");
    const refused = await site.jumpHere([
      "h1,h{7..10}",
      "where",
      "--output-dir",
      nowhere,
      "--",
      "--env",
      "lab",
    ]);
    expect([refused.code, refused.out, ran()]).toEqual([125, "", before]);
    expect(refused.stderr).toContain(
      'where was started nowhere: 1 of 5 hosts refused the call\n  h8 (1 host)\n    where: --env: found "lab", expected "live"\n',
    );

    expect(readFileSync(join(nowhere, "failed"), "utf8")).toBe("h7\nh10\n");
    const others = ["h1", OTHER, STALLS].map((name) => `${name}\n`).join("");
    expect(readFileSync(join(nowhere, "not-started"), "utf8")).toBe(others);

    const dir = join(tempDir(), "out");
    const options = ["--batch", "3", "--max-fail", "1", "--output-dir", dir, "--format", "json"];
    const steps = await site.jumpHere(["h{1..4},h7,h10,h5", "where", ...options]);
    const rows = sorted(steps.out).map((line) => JSON.parse(line));
    expect([steps.code, rows.map(({ host, exit_code }) => [host, exit_code])]).toEqual([
      1,
      [
        ["h1", 0],
        ["h10", 255],
        ["h2", 0],
        ["h3", 0],
        ["h4", null],
        ["h5", null],
        ["h7", 127],
      ],
    ]);
    expect(readFileSync(join(dir, "failed"), "utf8")).toBe("h7\nh10\n");
    expect(readFileSync(join(dir, "not-started"), "utf8")).toBe("h4\nh5\n");
    const rest = await site.jumpHere(["--hosts-from", join(dir, "not-started"), "where", "--max-fail", "0"]);
    expect([rest.code, sorted(rest.out)]).toEqual([0, lines(["h4", "h5"])]);
  });
});
