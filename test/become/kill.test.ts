import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { killAs, killCommand, killProgram, reachesBecome } from "../../src/become/kill.ts";
import { userNameOf } from "../../src/files/accounts.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";

describe("the command that sends a signal", () => {
  test("is the program that a rule can name", () => {
    expect(killCommand("TERM", [-12, 345], "/usr/bin/kill")).toEqual([
      "/usr/bin/kill",
      "-TERM",
      "--",
      "-12",
      "345",
    ]);
  });

  test("is a shell's own where there is no such program", () => {
    expect(killCommand("KILL", [-12, 345], undefined)).toEqual(["sh", "-c", "kill -s KILL -- -12 345"]);
  });

  const ways: [string, string[]][] = [
    ...[killProgram()].filter((path) => path !== undefined).map((path): [string, string[]] => [path, [path]]),
    ...["sh", "bash", "dash", "zsh"]
      .map((name) => Bun.which(name))
      .filter((path) => path !== null)
      .map((path): [string, string[]] => [path, [path, "-c"]]),
  ];
  test.each(ways)("%s signals those that are there", async (_, [program = "", option]) => {
    const one = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore"], detached: true });
    // No system has so many processes.
    const nobody = 2 ** 30;
    const addresses = [-nobody, -one.pid, nobody];
    const [, ...words] = killCommand("TERM", addresses, option === undefined ? program : undefined);
    await Bun.spawn([program, ...words], { stdio: ["ignore", "ignore", "ignore"] }).exited;
    expect([await one.exited, one.signalCode]).toEqual([143, "SIGTERM"]);
  });

  const inContainer = ["unshare", "-pf"];
  const canContain = Bun.which("unshare") !== null && Bun.spawnSync([...inContainer, "true"]).exitCode === 0;
  test.skipIf(!canContain).each(ways)(
    "%s signals a group whose number could be a signal's",
    async (_, [program = "", option]) => {
      // In a container of their own the first processes have such numbers.
      const kill = killCommand("TERM", [-3, 2], option === undefined ? program : undefined);
      const body = `sleep 60 & setsid sh -c ': >up; exec sleep 60' & until [ -e up ]; do sleep 0.01; done
        "$@"; wait 2; echo $?; wait 3; echo $?`;
      const child = Bun.spawn([...inContainer, "sh", "-c", body, "sh", ...kill], {
        cwd: tempDir(),
        stderr: "ignore",
      });
      expect(await child.stdout.text()).toBe("143\n143\n");
    },
  );
});

describe.skipIf(process.platform === "win32")("a become program that sends a signal", () => {
  const become = { method: "sudo", user: "oracle", flags: "", throughEnv: false } as const;
  const sendBy = (
    body: string,
    { limitMs, throughEnv = false }: { limitMs?: number; throughEnv?: boolean } = {},
  ) => {
    const dir = tempDir();
    writeExecutable(join(dir, "sudo"), body);
    const env = { PATH: `${dir}:${process.env.PATH}` };
    const options = { env, wake: false, ...(limitMs && { limitMs }) };
    return killAs({ ...become, throughEnv }, "TERM", [2 ** 30], options);
  };

  test.concurrent("sends it through env where only that may be run, as for a tool with variables", async () => {
    const body = 'case "$*" in *" env "*) exit 0;; esac; echo "sudo: a password is required" >&2; exit 1';
    expect([await sendBy(body), await sendBy(body, { throughEnv: true })]).toEqual([false, true]);
  });

  test.concurrent("sends nothing where it is not there any more", async () => {
    const env = { PATH: tempDir() };
    expect(await killAs(become, "TERM", [2 ** 30], { env, wake: false })).toBe(false);
  });

  test.concurrent.each<[string, string, boolean]>([
    ["may be slow, as behind a name server that does not answer", "sleep 2.5", true],
    ["has sent it where kill itself complains", "echo 'kill: (12): No such process' >&2; exit 1", true],
    ["has not where it refuses", "echo 'sudo: a password is required' >&2; exit 1", false],
  ])("%s", async (_, body, sent) => {
    expect(await sendBy(body)).toBe(sent);
  });

  test.concurrent("does not refuse where it takes too long", async () => {
    expect(await sendBy("sleep 60", { limitMs: 50 })).toBeUndefined();
  });
});

test.skipIf(process.platform === "win32")(
  "root and we ourselves reach the become program, others do not",
  () => {
    expect(
      ["root", userNameOf(process.getuid?.() ?? -1) ?? "", "somebody-else"].map((user) =>
        reachesBecome(user),
      ),
    ).toEqual([true, true, false]);
  },
);
