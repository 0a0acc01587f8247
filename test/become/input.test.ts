/** When a become program's words are a question for a password, and when its tool is given input. */

import { afterEach, describe, expect, mock, spyOn, test } from "bun:test";
import { createInputGate } from "../../src/become/input.ts";
import type { BecomeMethod } from "../../src/become/methods.ts";

afterEach(() => mock.restore());

const SIGHTS = {
  alone: { started: false, below: "helpers" },
  // Which may be the doing of somebody else.
  opened: { started: "likely", below: "helpers" },
  seen: { started: "certain", below: "tool" },
  unclear: { started: "likely", below: "unclear" },
  unknown: { started: undefined, below: "unclear" },
} as const;
type Sight = keyof typeof SIGHTS;

/** A gate before a tool that is seen so, `waitedMs` after it was made; `later`: only by who looks anew. */
function gate(
  method: BecomeMethod,
  sight: Sight,
  said: string | (() => string),
  { uid = 1000, waitedMs = 0, later = false } = {},
) {
  spyOn(process, "getuid").mockReturnValue(uid);
  const clock = spyOn(performance, "now").mockReturnValue(0);
  const tool = { begin() {}, look: (anew = false) => SIGHTS[!anew && later ? "alone" : sight], close() {} };
  let questions = 0;
  const input = createInputGate(method, tool, {
    said: () => (typeof said === "string" ? said : said()),
    onQuestion: () => void questions++,
  });
  clock.mockReturnValue(waitedMs);
  return { input, questions: () => questions };
}

describe("words", () => {
  test.each<[BecomeMethod, Sight, said: string, isQuestion: boolean]>([
    ["sudo", "alone", "[sudo] password for me: ", true],
    ["sudo", "alone", "We trust you\nPassword: ", true],
    ["sudo", "alone", "sudo: what it warns of: ", false],
    ["sudo", "alone", "Mot de passe", false],
    ["sudo", "seen", "Name: ", false],
    ["sudo", "unclear", "[sudo] password for me: ", false],
    ["su", "alone", "Password: ", true],
    ["su", "alone", "密码：", true],
    ["su", "seen", "Password: ", true],
    ["su", "alone", "Mot de passe", true],
    ["su", "seen", "> ", false],
    ["su", "alone", "a banner\nMot de passe", true],
    ["su", "seen", "a banner\nName: ", false],
    ["su", "unclear", "a banner\nName: ", false],
    ["su", "alone", "a banner\n", false],
    ["pbrun", "alone", "Passwort", true],
    ["pbrun", "alone", "a banner\nPasswort", false],
  ])("of %s, its tool %s: %j", (method, sight, said, isQuestion) => {
    const { input, questions } = gate(method, sight, said);
    input.noticeQuestion();
    input.noticeQuestion();
    expect([input.asked(), questions()]).toEqual([isQuestion, isQuestion ? 1 : 0]);
  });

  test.each<[BecomeMethod, uid: number, waitedMs: number, isQuestion: boolean]>([
    ["sudo", 1000, 4999, false],
    ["sudo", 1000, 5000, true],
    ["sudo", 0, 5000, false],
    ["su", 0, 0, true],
  ])("in another language, of %s, to user %d, after %d ms", (method, uid, waitedMs, isQuestion) => {
    const { input } = gate(method, "alone", "Mot de passe", { uid, waitedMs });
    input.noticeQuestion();
    expect(input.asked()).toBe(isQuestion);
  });
});

describe("input", () => {
  test.each<[BecomeMethod, Sight, uid: number, waitedMs: number, isGiven: boolean]>([
    ["sudo", "alone", 1000, 5000, false],
    ["sudo", "alone", 0, 0, true],
    ["sudo", "seen", 1000, 0, true],
    ["sudo", "opened", 1000, 5000, false],
    ["sudo", "unclear", 1000, 4999, false],
    ["sudo", "unclear", 1000, 5000, true],
    ["sudo", "unknown", 1000, 0, true],
    ["su", "alone", 0, 5000, false],
    ["su", "seen", 1000, 0, true],
    ["su", "unknown", 1000, 4999, false],
    ["su", "unknown", 1000, 5000, true],
    ["pbrun", "alone", 1000, 0, true],
  ])("of %s, its tool %s, from user %d after %d ms", async (method, sight, uid, waitedMs, isGiven) => {
    const looked = Promise.withResolvers<void>();
    spyOn(Bun, "sleep").mockReturnValue(looked.promise);
    const { input } = gate(method, sight, "", { uid, waitedMs });
    const given: string[] = [];
    const stdin = { write: async () => {}, end: async () => void given.push("its end") };
    input.feedWhenReady(stdin, () => given.push("all"));
    await new Promise(setImmediate);
    expect(given).toEqual(isGiven ? ["all"] : []);
    // Nothing is given any more once it has ended.
    input.close();
    looked.resolve();
    await new Promise(setImmediate);
    expect(given).toEqual(isGiven ? ["all"] : []);
  });

  test("is given to a tool that is seen only by who looks anew", async () => {
    const { input } = gate("sudo", "seen", "", { later: true });
    const given: string[] = [];
    input.feedWhenReady({ write: async () => {}, end: async () => {} }, () => given.push("all"));
    await new Promise(setImmediate);
    input.close();
    expect(given).toEqual(["all"]);
  });

  test("is not ended by what a tool says that is not seen", async () => {
    const { input } = gate("su", "unknown", "Name: ", { waitedMs: 5000 });
    const given: string[] = [];
    const stdin = { write: async () => {}, end: async () => void given.push("its end") };
    input.feedWhenReady(stdin, () => given.push("all"));
    await new Promise(setImmediate);
    expect([given, input.asked()]).toEqual([["all"], false]);
  });

  test("ends where a question is asked, and not before", async () => {
    let said = "";
    spyOn(Bun, "sleep").mockReturnValue(new Promise(() => {}));
    const { input } = gate("su", "alone", () => said, {});
    const given: string[] = [];
    const stdin = { write: async () => {}, end: async () => void given.push("its end") };
    input.feedWhenReady(stdin, () => given.push("all"));
    input.noticeQuestion();
    expect(given).toEqual([]);
    said = "Password: ";
    input.noticeQuestion();
    expect(given).toEqual(["its end"]);
  });
});
