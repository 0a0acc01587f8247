/** The narrowest rules of sudo that let a tool run as another user, and let it be ended. */

import { basename, dirname, isAbsolute, join } from "node:path";
import { isRoot, isUser } from "../files/accounts.ts";
import { firstLineOf, isDirectory, isFile, realPath, statOf } from "../files/look.ts";
import { walkPath } from "../files/trust.ts";
import type { BecomeRequest } from "./argv.ts";
import { killProgram } from "./kill.ts";
import { BECOME_METHODS } from "./methods.ts";

interface Permission extends Required<Pick<BecomeRequest, "user" | "fixed">> {
  invoker: string;
  throughEnv: boolean;
  /** Against a rule or a default that has NOEXEC. */
  mayStartOthers?: boolean;
}

/** sudo's PATH where none is configured. */
export const SECURE_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * The line for sudoers that lets `fixed` run with any further words, and kill, which ends it. With variables to carry, sudo sees env, which starts any
 * program: no pattern is narrower, as sudoers matches all arguments joined by spaces. For root there is no kill, which would reach every process.
 */
export function sudoersRule(
  { invoker, user, fixed, throughEnv, mayStartOthers = false }: Permission,
  kill = killProgram(),
): string {
  const programs = throughEnv ? ["/usr/bin/env"] : programsOf(fixed);
  if (kill !== undefined && !isRoot(user)) programs.push(kill);
  return `${sudoersName(invoker)} ALL=(${sudoersName(user)}) NOPASSWD: ${mayStartOthers ? "EXEC: " : ""}${programs.join(", ")}`;
}

/** What a rule may lack for these flags, and on what it relies where a script's interpreter is sought on PATH. sudo takes that from its caller, unless it has one of its own. */
export function ruleNotes(flags: readonly string[], [program = ""]: readonly string[]): string[] {
  const lacks = "its become_flags may need more than this (CWD=*, a group; SETENV, which permits anything)";
  const relies =
    "env seeks its interpreter on PATH: without secure_path in sudoers, that is the caller's, who may run anything";
  const isPlain = flags.every((word) => /^-[nHkK]+$/.test(word));
  const isSought = /\/env$/.test(namedIn(program)[0] ?? "");
  return [...(isPlain ? [] : [lacks]), ...(isSought ? [relies] : [])];
}

export const shellNote = (user: string): string =>
  `with -i or -s, sudo runs a shell of ${user}'s, and a rule for that permits anything: take them out of become_flags`;

const anyOf = (names: string) => `(?:${names.split(/\s+/).join("|")})`;
/** What starts the program that its words name, and rejects a word of its own in which more stands: prlimit takes "-n9 /opt/x" for "-n9", and starts what comes behind. */
const STARTERS = "choom chrt ionice nice nohup setarch setsid stdbuf taskset timeout";
const STARTS = new RegExp(`^${anyOf(STARTERS)}$`);
/** What writes, or gives away, what its words name: the files of that user's that others are trusted by, or those of the system. */
const WRITERS = `add(?:group|user) aria2c ar chown chgrp chpasswd cp csplit curl dd group(?:add|mod) gpasswd insmod install ln lwp-download mknod modprobe mount mv objcopy
  patch setcap setfacl shuf sponge sysctl tee tftp uniq unsquashfs unzip update-alternatives user(?:add|mod) xxd 7z[arz]?`;
const WRITES = new RegExp(`^${anyOf(WRITERS)}$`);
/** What takes code, or another program, from its words, from a file that they name, or from its input. */
const TAKERS = `${STARTERS} ${WRITERS} ${BECOME_METHODS.join(" ")} aa-exec ansible(?:-\\S+)? apache2 apachectl apt(?:-get)? aptitude at autossh batch bpftrace bsdtar bundler? busctl bwrap capsh cargo cc
  certbot cgexec chpst chronic chroot cmake composer cpan cpanm cpio cpulimit crontab dbclient dbus-run-session dc debugfs dhclient dmsetup dnf doas docker
  dotnet dpkg dumb-init eatmydata ed emacs entr env envdir ex exiftool exim4? fakeroot faketime find firejail flock ftp fzf gcc gdb ghci? gimp git g?make
  gnuplot go gosu gradle groff g?sed g?tar helm httpd ifne ip(?!\\s[^n-]) journalctl jshell just kubectl latexmk ld ld(?:-linux\\S*)?\\.so\\S* less lftp
  linux(?:32|64) logrotate logsave ltrace lxc machinectl mailx? man mariadb mix more mpv mutt mvn mysql nano ncat nc\\.traditional nerdctl newgrp nginx nix\\S*
  nmap np[mx] nsenter numactl n?vim?(?:\\.(?:athena|basic|gtk3?|motif|nox|tiny))? octave openssl openvpn openvt pacman pandoc parallel (?:pdf|lua|xe)?(?:la)?tex
  perf pidstat pipx pkexec pnpm podman poetry prlimit proot proxychains4? pry psql puppet qemu-\\S+ R rake rc rlwrap rpm\\S* Rscript rsh rsync runc runcon
  run-parts runuser rview rvim s6-\\S+ scp screen script sendmail setpriv setuidgid sftp sg smbclient socat sort split sqlite3? ssh-\\S+ sshpass
  start-stop-daemon strace sudoedit su-exec systemctl(?!\\s(?:(?:re)?start|stop|reload)\\b) systemd-(?:run|cat|inhibit) tcpdump telnet terraform time
  tini tmate tmux torify torsocks troff tshark tsx uclampset unbuffer unshare uvx? vagrant valgrind view vigr vimdiff vipw virsh visudo watch watchexec wget
  wish xargs xvfb-run yarn yum zip zypper`;
const SHELL = "(?:[az]|po|m?k|ya|r?ba|da|t?c)?sh";
/** The same, whose names may end in a version and a build. */
const INTERPRETERS = `${SHELL} fish osh pwsh ssh busybox i?python pypy pdb pip perl ruby gem node nodejs bun deno php java lua(?:jit)? guile julia tclsh expect [gmn]?awk`;
const BUILD = String.raw`(?:-?[\d.]+(?:-\S+)?|[-.](?:dbg|static))?`;
const INTERPRETER = new RegExp(`^(?:${anyOf(TAKERS)}|${anyOf(INTERPRETERS)}${BUILD})(?: |$)`);
/** A script by its whole path, which is the one that the interpreter opens. Flags go before it where they neither take a value nor, as perl's, go on behind a space: `perl "-w /opt/x.pl" -e …` is the same line. */
const BY_SCRIPT = new RegExp(
  `^(?:${SHELL}${BUILD}(?: -[aefhuvx]+)*|python${BUILD}(?: -[bBEIOqsSu]+)*|fish|(?:perl|ruby)${BUILD}) /`,
);

/** What goes on reading options behind the script that it runs, which may be code. */
const READS_ON =
  /^(?:ansible-playbook|expect|gnuplot)(?: |$)|^(?!perl|[a-z]*sh )\S+ (?:.* )?-(?:\w*f|-\S*file|-script)$/;

/** What runs a file of the directory where it is started, unless it is told of another. */
const RUNS_FROM_HERE =
  /^(?:bun(?:dle|x|(?!.* --config))|cargo|go|hatch|just|mise|np[mx]|octave|pdm|pip(?:env|x)|pnpm|poetry|python\S* (?!.*-\w*I)(?:\S+ )*-[bBdEOPqsSuvx]*m\S*|rake|tsx|ts-node|uvx?|yarn|Rscript(?!.* --vanilla))(?: |$)/;

/** What a rule amounts to where it permits anything; undefined: it does not. */
export function ruleWarning({ invoker, user, fixed, throughEnv }: Permission): string | undefined {
  const anything = `may run anything as ${user}`;
  if (throughEnv) return `env starts any program: with this line ${invoker} ${anything}`;
  const at = STARTS.test(basename(fixed[0] ?? "")) ? fixed.slice(1).findIndex(isAbsolute) + 1 : 0;
  const [program = "", ...words] = fixed.slice(at);
  // Also by the name of what a link leads to; of many programs in one, as busybox, the link says which it is.
  const names = [program, realPath(program).replace(/busybox$/, "")].map((path) => basename(path));
  const takers = names.filter((name) => INTERPRETER.test([name, ...words].join(" ")));
  const taker = takers.find((name) => !BY_SCRIPT.test([name, ...words].join(" ")));
  // Sudo matches words joined by spaces, so more can be written behind the last.
  const does = taker && (WRITES.test(taker) ? "changes what its words name" : "takes code from its words");
  const taken =
    does && `${taker} ${does}, whose end sudo does not see: with this line ${invoker} ${anything}`;
  // A script beside the system's programs is one of them; elsewhere it may only have the name.
  const isSystems = runLineOf(program) === "" || SECURE_PATH.includes(dirname(program));
  if (isSystems && taken) return taken;
  const runner = runnerOf(program);
  if (READS_ON.test(runner) || RUNS_FROM_HERE.test(runner))
    return `${runner.replace(/ .*/, "")}, which runs ${program}, takes code from further words, or from where it is started: with this line ${invoker} ${anything}`;
  const trustees = { uid: 0, also: (owner: number) => isUser(user, owner) };
  const isOpen = (path: string) => !isAbsolute(path) || walkPath(path, trustees).faults.length > 0;
  const open = fixed
    // To Python, a directory is a program. What is out of our sight, or still to come, may be one as well.
    .flatMap((path) => (isDirectory(path) ? [join(path, "__main__.py")].filter(isFile) : [path]))
    .filter((path) => isFile(path) || (isAbsolute(path) && statOf(path) === undefined))
    .flatMap((path) => [path, ...namedIn(path)])
    .find(isOpen);
  const others = isRoot(user) ? user : `root and ${user}`;
  // A program may only read a file that it is given.
  const isRun = takers.length > 0 || fixed.indexOf(open ?? "") <= at;
  const where = isRun ? "" : `, if ${basename(program)} runs it`;
  if (open) return `others than ${others} can exchange ${open}: with this line they ${anything}${where}`;
  return taken && `${taken}, unless it is a script of your own`;
}

/** What the first line of a script names: its interpreter, which may stand where the caller does, and each path, also what `env -S` starts. */
const namedIn = (path: string) => runLineOf(path).match(/^\S+|(?<=\s)[\w.][^\s=/]*\/\S+|\/\S+/g) ?? [];

/** Whether the interpreter of a script goes on reading options behind that. */
export const readsOn = (path: string): boolean => READS_ON.test(runnerOf(path));

/** The interpreter of a script, by its name and with its flags, also where `env` or `runspec script` starts it. */
const runnerOf = (path: string) =>
  runLineOf(path).replace(/^(?:\S*\/env(?: -\S+| \S+=\S*)* )?(?:\S*\brunspec script )?(?:\S*\/)?/, "");

/** What stands behind `#!` in the first line of a script. */
function runLineOf(path: string): string {
  const line = firstLineOf(path);
  return line.startsWith("#!") ? line.slice(2).trim().replace(/\s+/g, " ") : "";
}

/** Further words are matched by `*`, which does not stand for none. */
function programsOf(fixed: readonly string[]): string[] {
  const [program = "", ...words] = fixed.map(escaped);
  if (words.length === 0) return [program];
  // Words are matched joined by spaces, of which sudoers takes several for one. A lone empty word it cannot say: without any words
  // the rule would permit all.
  const space = words.includes("") ? "\\ " : " ";
  // Between ^ and $ it would be a regular expression, and `""` no words at all.
  const line = `${program} ${words.join(space).replace(/^\^/, "\\^").replace(/^"/, '["]')}`;
  return [...(words.join(space) === "" ? [] : [line]), `${line}${space}*`];
}

/** sudoers reads some characters as its own. For those that it cannot be given at all, as a backslash in a path, stands `?`, which is any one character. */
function escaped(word: string, index: number): string {
  return word
    .replace(/[*?[]/g, "[$&]")
    .replace(/[\x00-\x1f\x7f]/g, "?")
    .replace(/\\/g, index === 0 ? "?" : "$&$&$&$&")
    .replace(/[ ,:#=]/g, "\\$&");
}

/** Names of a directory service may hold what sudoers reads as its own: `CORP\alice`, `alice@corp.example`; `ALL` and `DBA` would be aliases. */
export function sudoersName(name: string): string {
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? `"${name}"` : name.replace(/[^A-Za-z0-9_.$-]/g, "\\$&");
}
