/** What lists of hosts offer, how they are examined, and what is between them and us. */

import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { freePort } from "../harness/ports.ts";
import { alive, linesOf, waitUntil } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tellMaster, writeExecutable } from "../harness/ssh-host.ts";
import { CHEAP_KEYS, NO_BASHRC } from "../harness/sshd.ts";
import { tempDir } from "../harness/temp.ts";
import { alike, available, fleet, placeSmallBuild, sorted } from "./fleet-site.ts";
import { project } from "./site.ts";

setDefaultTimeout(120_000);

const TOOLS = `
[where]
description = "says where"
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo $NAME", "sh"]
[deploy]
command = ["/bin/true"]
args.env = {type = "choice", options = ["staging", "production"]}
args.token = {autonomy = "manual", env = "TOKEN"}
`;
const OTHER = TOOLS.replace('"staging", "production"', '"lab"');
const HOSTS = { ...alike(["n1", "n2", "n3"], TOOLS), other: OTHER, bare: "" };

describe.skipIf(!available())("a list of hosts", () => {
  const toml = '[config.jump-groups]\nn = ["n{1..3}"]\n';
  const site = fleet({ hosts: HOSTS, down: ["down"], toml, withoutSsh: true });

  test.concurrent("is told with what their servers say beside it, as why a tool is not there", async () => {
    const two = fleet({ hosts: alike(["n1", "n2"], TOOLS), withoutSsh: true });
    const script = join(two.home("n2"), ".config/runspec/tools/say");
    mkdirSync(dirname(script));
    writeExecutable(script, "# /// runspec\n# description =\n# ///");
    const warned = `n2 │ runspec: warning: ${hostname()}: ${script}: left out: line 3, column 14: found no value`;
    const listed = await two.jumpHere(["n{1..2}"]);
    expect([listed.code, listed.stderr.split("\n")[0]]).toEqual([0, warned]);
    const none = await two.jumpHere(["n{1..2}", "say"]);
    expect([none.code, none.stderr.split("\n")[0]]).toEqual([127, warned]);
  });

  test.concurrent("is told with each tool once, also where a server says more of it than what it takes", async () => {
    const tool = '[where]\nautonomy = "autonomous"\n';
    const hosts = { n1: tool, n2: `${tool}max-output = "1 KiB"\nidempotent = true\n` };
    const two = fleet({ hosts, withoutSsh: true });
    const { out } = await two.jumpHere(["n{1..2}"]);
    expect(out).toBe("Tools on n{1..2} (2 hosts):\n\n  where  autonomous\n");
  });

  test.concurrent("that is installed to: no host writes over what is said of another", async () => {
    const two = fleet({
      hosts: alike(["n1", "n2"], TOOLS),
      login: '[ "$NAME" = n1 ] || printf "\\033[1A\\033[2Kforged\\nrest" >&2',
      withoutSsh: true,
    });
    for (const name of ["n1", "n2"]) placeSmallBuild(two.home(name));
    const { code, stderr } = await two.jump(["n{1..2}", "--install", "--dry-run"]);
    const said = new Set(
      stderr
        .replace(/: n\d \(/, ": n# (")
        .split("\n")
        .filter(Boolean),
    );
    expect([code, [...said].sort()]).toEqual([
      0,
      [
        "  the same advice holds for: n# (1 host)",
        "n2 │ \\x1b[1A\\x1b[2Kforged",
        "n2 │ rest",
        "runspec: --install --dry-run succeeded on all 2 hosts",
      ],
    ]);
  });

  test.concurrent.each([[[]], [["--format", "json"]]])(
    "where two are down: what helps is told once, and what examines both at the end (%p)",
    async (options) => {
      const two = fleet({ hosts: alike(["n1", "n2"], TOOLS), login: "exit 255", withoutSsh: true });
      const { code, stderr } = await two.jumpHere(["n{1..2}", ...options]);
      expect([code, stderr.match(/without a word/g), stderr.match(/runspec doctor/g)]).toEqual([
        255,
        ["without a word", "without a word"],
        ["runspec doctor", "runspec doctor"],
      ]);
      expect(stderr).toEndWith(
        "\nrunspec: n{1..2} (2 hosts): could not be asked\n  runspec doctor 'n{1..2}'\n",
      );
    },
  );

  test.concurrent("where each has a table without runspec: which line to change is told once", async () => {
    const table = 'bin = "/nowhere/runspec"\n';
    const three = fleet({ hosts: alike(["a", "b2", "e"], TOOLS), table, withoutSsh: true });
    for (const words of [["a,b2,e"], ["a,b2,e", "deploy"]]) {
      const { code, stderr } = await three.jumpHere(words);
      expect([code, stderr.match(/, which bin names, does not exist/g)?.length]).toEqual([127, 3]);
      expect(stderr.match(/, or set bin = /g)).toEqual([", or set bin = "]);
    }
  });

  test.concurrent("is told with its tools, folded by who offers them so", async () => {
    const { code, out, stderr } = await site.jumpHere(["@n,other,bare,down"]);
    expect(code).toBe(255);
    expect(stderr).toStartWith("runspec: down: ssh could not connect; it says: ");
    expect(stderr).toEndWith(
      "\n  runspec doctor down\nrunspec: bare (1 host): no tools are offered there\n  runspec doctor bare\n",
    );
    expect(out).toBe(
      [
        "Tools on n{1..3},other (4 hosts):",
        "",
        "  where  autonomous  says where",
        "",
        "Tools on n{1..3} (3 hosts):",
        "",
        "  deploy  confirm",
        "",
        "Tools on other (1 host):",
        "",
        "  deploy  confirm",
        "",
        "Tools on bare (1 host):",
        "",
        "  (none)",
        "",
        "Not the same on all hosts: deploy",
        "",
      ].join("\n"),
    );
  });

  test.concurrent("is told as a line of JSON a host", async () => {
    const { code, out } = await site.jumpHere(["n1,down", "--format", "json"]);
    const lines = sorted(out).map((line) => JSON.parse(line));
    expect([
      code,
      lines.map(({ host, tools }) => [host, tools?.map(({ name }: { name: string }) => name)]),
      Object.keys(lines[1].tools[1].inputSchema.properties),
    ]).toEqual([
      255,
      [
        ["down", undefined],
        ["n1", ["where", "deploy"]],
      ],
      // An agent's own list lacks what only a person may give.
      ["env"],
    ]);
  });

  test.concurrent("is examined, a line a host", async () => {
    const { cwd, env } = fleet({ hosts: HOSTS, down: ["down", "away"] });
    const { code, out } = await run(["doctor", "n1,away,down"], {
      cwd,
      env,
      timeoutMs: 60_000,
    });
    expect(code).toBe(1);
    const lines = out.split("\n").filter((line) => /^(?:ok|warn|FAIL)/.test(line));
    expect(lines.map((line) => line.split(/\s+/).slice(0, 2)).sort()).toEqual([
      ["FAIL", "away"],
      ["FAIL", "down"],
      [expect.stringMatching(/ok|warn/), "n1"],
    ]);
    expect(out).toEndWith("\n1 of 3 hosts are ok\n");
    const asked = await runHere(["doctor", "down,away", "--format", "json"], { cwd, env });
    const rows = asked.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const failed = (checks: { name: string; status: string }[]) =>
      checks.filter(({ status }) => status === "fail").map(({ name }) => name);
    expect(rows.map(({ host, ok, checks }) => [host, ok, failed(checks)]).sort()).toEqual([
      ["away", false, ["network"]],
      ["down", false, ["network"]],
    ]);
  });

  test("is checked again where a connection is lost between the steps", async () => {
    const lost = fleet({
      hosts: {
        // The first one ends the connection of the second one, as a restarted bastion would.
        n1: '[t]\nautonomy = "autonomous"\ncommand = ["/bin/sh", "-c", "p=$(cat ../../n2/home/session); kill -9 $p; for n in 1 2 3 4 5 6 7 8 9 10; do kill -0 $p 2>/dev/null || break; sleep 0.1; done; echo $NAME", "sh"]\n',
        n2: '[t]\nautonomy = "autonomous"\ncommand = ["/bin/sh", "-c", "echo $NAME", "sh"]\n',
      },
      login: 'test "$NAME" = n2 && echo $PPID >session',
    });
    const { code, out, stderr } = await lost.jump(["n1,n2", "t", "--batch", "1,100%"]);
    expect([code, sorted(out)]).toEqual([0, ["n1 │ n1", "n2 │ n2"]]);
    expect(stderr).toEndWith("runspec: t succeeded on all 2 hosts\n");
  });

  test("was called on no host whose connection was lost in the check", async () => {
    const lost = fleet({ hosts: alike(["n1"], TOOLS), login: "kill -9 $$", withoutSsh: true });
    expect(await lost.jump(["n1,", "where"])).toMatchObject({
      code: 255,
      out: "",
      stderr:
        "runspec: n1: ssh was ended on this side by SIGKILL before the server answered\n  nothing was run\n  try it by hand: ssh -o BatchMode=yes n1 true\n  runspec doctor n1\nrunspec: where succeeded on 0 of 1 host\n  cannot run (255): n1 (1 host)\n",
    });
  });

  test.concurrent("shares the connections that its hosts' tables ask for", async () => {
    const shared = fleet({
      hosts: alike(["n1", "n2"], TOOLS),
      table: "multiplex = true\n",
      login: "echo >>logins",
    });
    for (let call = 1; call <= 2; call++) {
      const { code, out } = await shared.jump(["n1,n2", "where"]);
      expect([code, sorted(out)]).toEqual([0, ["n1 │ n1", "n2 │ n2"]]);
    }
    expect(["n1", "n2"].map((name) => shared.lines(name, "logins").length)).toEqual([2, 2]);
    const sockets = join(shared.env.XDG_RUNTIME_DIR ?? "", "runspec");
    for (const name of readdirSync(sockets)) tellMaster(join(sockets, name), "exit");
  });
});

/** sshd of a bastion, with its own limit of connections that have not logged in yet. */
async function bastion(maxStartups: string) {
  const port = freePort();
  const site = fleet({
    hosts: alike(
      Array.from({ length: 5 }, (_, index) => `n${index + 1}`),
      TOOLS,
    ),
    through: port,
  });
  const config = join(site.dir, "bastion_config");
  writeFileSync(
    config,
    [
      `HostKey ${site.dir}/host_key`,
      `AuthorizedKeysFile ${site.dir}/authorized_keys`,
      `ListenAddress 127.0.0.1:${port}`,
      `MaxStartups ${maxStartups}`,
      "PasswordAuthentication no",
      "UsePAM no",
      "StrictModes no",
      CHEAP_KEYS,
      NO_BASHRC,
      `PidFile ${site.dir}/bastion.pid`,
      "",
    ].join("\n"),
  );
  const log = join(site.dir, "bastion.log");
  const server = Bun.spawn(["/usr/sbin/sshd", "-D", "-f", config, "-E", log], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  await waitUntil(
    () => existsSync(log) && readFileSync(log, "utf8").includes("Server listening"),
    10_000,
    "the bastion",
  );
  return { site, server, log: () => readFileSync(log, "utf8") };
}

describe.skipIf(!available())("behind a bastion with few places at its door", () => {
  let stop = () => {};
  afterAll(() => stop());
  test.concurrent("every host is reached in the end", async () => {
    const { site, server, log } = await bastion("2:90:3");
    stop = () => server.kill();
    const { code, out } = await site.jumpHere(["n{1..5}", "where"]);
    expect([code, sorted(out).length]).toEqual([0, 5]);
    // It did turn some away.
    expect(log()).toMatch(/MaxStartups|drop connection|past MaxStartups/);
  });
});

/** ssh to a host that fails at once, to two that do so when the reader has left, and to one that never says a word. */
const FOUR = `
end() {
  case "$*" in *runspec-install*) for said in "target /x" "kind missing" end; do echo "runspec-install $said"; done ;; esac
  exit 255
}
case " $* " in
  *" -G "*) printf 'hostname h\\nproxycommand p\\nstricthostkeychecking no\\n'; exit ;;
  *" -V "* | *" quick "*) end "$@" ;;
  *" late "* | *" later "*) until [ -e "$HOME/left" ]; do sleep 0.05; done ;;
esac
case " $* " in
  *" late "*) end "$@" ;;
  *" later "*) sleep 0.5; end "$@" ;;
esac
echo $$ >>"$HOME/stuck"
exec sleep 100
`;

test.concurrent.each([
  [["jump", "quick,late,later,stuck", "--format", "json"]],
  [["doctor", "quick,late,later,stuck"]],
  [["jump", "quick,late,later,stuck", "--uninstall"]],
])("%j without a reader ends, and leaves no ssh behind", async (words) => {
  const [home, cwd] = [tempDir(), tempDir()];
  const ssh = await recordingSsh(tempDir(), { script: FOUR });
  const hosts = ["quick", "late", "later", "stuck"].map((name) => `[config.jump-hosts.${name}]\n`);
  writeFileSync(join(cwd, "runspec.toml"), hosts.join(""));
  const running = start(words, { cwd, env: { HOME: home, PATH: `${ssh.binDir}:/usr/bin:/bin` } });
  const reader = running.stdout.getReader();
  await reader.read();
  const [pid] = await linesOf(join(home, "stuck"), 20_000);
  await reader.cancel();
  writeFileSync(join(home, "left"), "");
  expect(await running.exited).toEqual({ code: 141, signal: null });
  await waitUntil(() => !alive(Number(pid)), 20_000, "its ssh to end");
});

// An sshd, such as a bastion's, turns logins away from the tenth on (MaxStartups).
test.concurrent.each([
  [[], 8],
  [["--parallel", "3"], 3],
])("doctor examines few hosts of a list at a time: %j", async (options, most) => {
  const dir = tempDir();
  const running = join(dir, "running");
  mkdirSync(running);
  const count = `case $1 in -G) : >${running}/$$; ls ${running} | wc -l >>${dir}/counts; sleep 0.2; rm ${running}/$$;; esac; exit 255`;
  writeExecutable(join(dir, "ssh"), count);
  const { cwd, env } = project("[config.jump-groups]\nmany = ['n{1..12}']\n", dir);
  const { out } = await run(["doctor", "@many", ...options], { cwd, env });
  expect(out).toContain("0 of 12 hosts are ok");
  const counts = readFileSync(join(dir, "counts"), "utf8").trim().split("\n").map(Number);
  expect([counts.length >= 12, Math.max(...counts) <= most]).toEqual([true, true]);
});
