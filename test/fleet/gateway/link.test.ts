/** One host behind the gateway: when it is connected to, kept, left and tried again. */

import { describe, expect, test } from "bun:test";
import { createLimiter } from "../../../src/concurrency.ts";
import type { HostAnswer } from "../../../src/fleet/gateway/call-on-one.ts";
import { WANTED } from "../../../src/fleet/gateway/dial.ts";
import { createLink, type LinkContext } from "../../../src/fleet/gateway/link.ts";
import { answer, host, remembering, sites, tool } from "./tools.ts";

const CALL = { name: "a", arguments: {}, human: false, client: undefined, onProgress() {} };
const call = (signal = new AbortController().signal) => ({ ...CALL, signal });

function linkTo(more: Partial<LinkContext> = {}) {
  const there = sites(["web"]);
  const site = there.at("web");
  let changes = 0;
  const link = createLink(host("web"), {
    ...there,
    all: createLimiter({ running: 10, waiting: 10 }),
    cache: remembering(),
    onTools: () => changes++,
    idleMs: 60_000,
    lookAgainMs: 60_000,
    freshMs: 60_000,
    backOff: () => 60_000,
    now: () => performance.now(),
    ...more,
  });
  return { link, site, changes: () => changes };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await Bun.sleep(1);
};

describe("a host", () => {
  test("is connected to once, by the first call, and kept", async () => {
    const { link, site } = linkTo();
    expect([site.dialled, link.state()?.reachable]).toEqual([0, undefined]);
    expect(await Promise.all([link.call(call()), link.call(call())])).toEqual([answer("web"), answer("web")]);
    await link.call(call());
    expect([site.dialled, site.called.length, link.state()?.reachable]).toEqual([1, 3, true]);
  });

  test("is left when nobody has used it for a while, and not while somebody does", async () => {
    const { link, site } = linkTo({ idleMs: 5 });
    const end = Promise.withResolvers<void>();
    site.onCall = () => end.promise.then(() => answer("web"));
    const called = link.call(call());
    await Bun.sleep(20);
    expect(site.closed).toBe(0);
    end.resolve();
    await called;
    await until(() => site.closed === 1);
    await link.call(call());
    expect([site.dialled, link.state()?.reachable]).toEqual([2, true]);
  });

  test("that is down says why, keeps its tools, and is tried again by every call", async () => {
    const { link, site } = linkTo({ cache: remembering(tool("a")) });
    site.up = false;
    const outcome = {
      because: "out of reach" as const,
      exitCode: 255,
      error: "nobody is there",
      hint: "runspec doctor web",
      isOfConnection: true,
    };
    expect(await link.call(call())).toEqual(answer("web", { outcome, stdout: "" }));
    expect((await link.call(call())).outcome).toEqual(outcome);
    expect([site.dialled, link.tools()]).toEqual([2, [tool("a")]]);
    expect(link.state()).toMatchObject({ reachable: false, error: "nobody is there" });
    const since = link.state()?.since;
    await Bun.sleep(2);
    site.up = true;
    expect(await link.call(call())).toEqual(answer("web"));
    expect(link.state()?.reachable).toBe(true);
    expect(link.state()?.since).toBeGreaterThan(since ?? Number.POSITIVE_INFINITY);
  });

  test("that is down is tried again by itself, after ever longer pauses, and never given up", async () => {
    const failures: number[] = [];
    const { link, site } = linkTo({
      backOff(count) {
        failures.push(count);
        return 1;
      },
    });
    site.up = false;
    await link.call(call());
    await until(() => site.dialled === 5);
    site.up = true;
    await until(() => link.state()?.reachable === true);
    expect(failures.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(link.tools()).toEqual([tool("a")]);
    await link.close();
  });

  test("is left alone by a refresh while its back-off lasts, and is tried again behind those that are waited for", async () => {
    const { link, site } = linkTo({ backOff: () => 50 });
    site.up = false;
    await link.refresh(WANTED.look);
    for (const wanted of [WANTED.unasked, WANTED.look]) await link.refresh(wanted);
    await link.look();
    expect([site.dialled, site.wanted]).toEqual([1, [WANTED.look]]);
    site.up = true;
    await until(() => link.state()?.reachable === true);
    expect([site.dialled, site.wanted]).toEqual([2, [WANTED.unasked]]);
    await link.close();
  });

  test("that is being connected to is wanted more by a call", async () => {
    const { link, site } = linkTo();
    await Promise.all([link.refresh(WANTED.unasked), link.call(call())]);
    expect([site.dialled, site.wanted]).toEqual([1, [WANTED.unasked, WANTED.call]]);
  });

  test("whose connection ends is connected to again", async () => {
    const { link, site } = linkTo({ backOff: () => 1 });
    await link.call(call());
    site.events?.onEnd();
    await until(() => site.dialled === 2);
    expect(await link.call(call())).toEqual(answer("web"));
    expect(site.dialled).toBe(2);
  });

  test("whose connections end at once is connected to after ever longer pauses, unless one has lasted", async () => {
    const failures: number[] = [];
    let clock = 0;
    const { link, site } = linkTo({ backOff: (count) => failures.push(count), now: () => clock });
    for (const lastsMs of [0, 59_999, 0, 60_000, 0]) {
      const { dialled } = site;
      await link.call(call());
      clock += lastsMs;
      site.events?.onEnd();
      await until(() => site.dialled > dialled);
    }
    expect(failures).toEqual([1, 2, 3, 0, 1]);
    await link.close();
  });

  test("whose connection has ended may be gone: a look tries it at once, and does not when that has failed", async () => {
    const { link, site } = linkTo();
    await link.look();
    expect([site.dialled, link.state()?.reachable]).toEqual([1, true]);
    site.up = false;
    site.events?.onEnd();
    expect(link.state()).toBeUndefined();
    await link.look();
    expect([site.dialled, link.state()?.reachable]).toEqual([2, false]);
    await link.look();
    expect(site.dialled).toBe(2);
    await link.close();
  });

  test("that was down a while ago is tried by a look, and told as down until it is there", async () => {
    const { link, site } = linkTo({ lookAgainMs: 0 });
    site.up = false;
    await link.look();
    site.up = true;
    const gate = Promise.withResolvers<void>();
    site.gate = gate.promise;
    const looked = link.look();
    expect([site.dialled, link.state()?.reachable]).toEqual([2, false]);
    gate.resolve();
    await looked;
    expect(link.state()?.reachable).toBe(true);
    await link.close();
  });

  test("is asked by a look whether it is there, and until it answers that is not known", async () => {
    const { link, site } = linkTo();
    await link.look();
    await link.look();
    expect([site.dialled, link.state()?.reachable]).toEqual([1, true]);
    site.alive = false;
    const gate = Promise.withResolvers<void>();
    site.gate = gate.promise;
    const looked = link.look();
    await until(() => site.dialled === 2);
    expect(link.state()).toBeUndefined();
    gate.resolve();
    await looked;
    expect(link.state()?.reachable).toBe(true);
    await link.close();
  });

  test("is asked whether it is there before a call is sent to it", async () => {
    const { link, site } = linkTo();
    await link.call(call());
    expect(await link.call(call())).toEqual(answer("web"));
    expect(site.dialled).toBe(1);
    site.alive = false;
    expect(await Promise.all([link.call(call()), link.call(call())])).toEqual([answer("web"), answer("web")]);
    expect([site.dialled, site.closed, site.called.length]).toEqual([2, 1, 4]);
  });

  test("that does not answer any more is connected to again, and the calls under way on the first connection stay there", async () => {
    const { link, site } = linkTo();
    const end = Promise.withResolvers<void>();
    site.onCall = ({ name }) => (name === "long" ? end.promise : Promise.resolve()).then(() => answer("web"));
    const long = link.call({ ...call(), name: "long" });
    await until(() => site.called.length === 1);
    site.alive = false;
    expect(await link.call(call())).toEqual(answer("web"));
    expect([site.dialled, site.closed]).toEqual([2, 0]);
    end.resolve();
    expect(await long).toEqual(answer("web"));
    await until(() => site.closed === 1);
    await link.call(call());
    expect([site.dialled, site.closed]).toEqual([2, 1]);
  });

  test("whose connection was replaced while a call was under way is tried again when the next one ends, too", async () => {
    const { link, site } = linkTo({ backOff: () => 1 });
    const end = Promise.withResolvers<void>();
    site.onCall = ({ name }) => (name === "long" ? end.promise : Promise.resolve()).then(() => answer("web"));
    const long = link.call({ ...call(), name: "long" });
    await until(() => site.called.length === 1);
    const first = site.events;
    site.alive = false;
    await link.call(call());
    first?.onEnd();
    end.resolve();
    await long;
    await Bun.sleep(10);
    site.events?.onEnd();
    await until(() => site.dialled === 3);
  });

  test("whose connection was replaced while a call was under way is left whole once the gateway is closed", async () => {
    const { link, site } = linkTo();
    const end = Promise.withResolvers<HostAnswer>();
    site.onCall = ({ name }) => (name === "long" ? end.promise : Promise.resolve(answer("web")));
    const long = link.call({ ...call(), name: "long" });
    await until(() => site.called.length === 1);
    site.alive = false;
    await link.call(call());
    await link.close();
    expect([site.dialled, site.closed]).toEqual([2, 2]);
    end.resolve(answer("web"));
    await long;
  });

  test("keeps what it offers, and tells of a list that has changed, and of no other", async () => {
    const kept: string[] = [];
    const save: LinkContext["cache"]["save"] = (tools) => kept.push(tools.map(({ name }) => name).join());
    const { link, site, changes } = linkTo({ cache: { ...remembering(tool("a")), save } });
    await link.call(call());
    expect([changes(), site.called[0]?.listed]).toEqual([0, tool("a")]);
    site.events?.onTools([tool("a"), tool("b")]);
    site.events?.onTools([tool("a"), tool("b")]);
    expect([changes(), link.tools()?.length, kept]).toEqual([1, 2, ["a", "a,b", "a,b"]]);
  });

  test("is not waited for by a call that is cancelled", async () => {
    const { link, site } = linkTo();
    site.gate = new Promise(() => {});
    const controller = new AbortController();
    const called = link.call(call(controller.signal));
    controller.abort();
    const error = "the call was cancelled: nothing was run";
    expect((await called).outcome).toEqual({ because: "stopped", exitCode: 130, error });
    expect(site.called).toEqual([]);
  });

  test("takes 16 calls at a time, and turns away those beyond a thousand more", async () => {
    const { link, site } = linkTo({ all: createLimiter({ running: 5000, waiting: 5000 }) });
    const end = Promise.withResolvers<void>();
    site.onCall = () => end.promise.then(() => answer("web"));
    const calls = Array.from({ length: 1017 }, () => link.call(call()));
    expect((await Promise.race(calls)).outcome).toMatchObject({ because: "cannot run", exitCode: 125 });
    await until(() => site.called.length === 16);
    await Bun.sleep(5);
    expect(site.called.length).toBe(16);
    end.resolve();
    await Promise.all(calls);
    expect(site.called.length).toBe(1016);
  });

  test("is connected to no more once the gateway is closed", async () => {
    const { link, site } = linkTo();
    await link.call(call());
    await link.close();
    expect((await link.call(call())).outcome).toMatchObject({ because: "cannot run" });
    expect([site.dialled, site.closed]).toEqual([1, 1]);
  });
});
