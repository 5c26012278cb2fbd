// XEP-0133 §4.9, §4.27, §4.28: when users last logged in, and what they are told when they do so for the first time.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import { admin, command, commands, execute, field, login, valuesOf, withUser } from "../command-kit.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

const needs = ["admin"] as const;
/** Clocks differ. */
const toleranceMs = 10 * 60_000;

/** Available, and whatever it is told at once is there. */
async function comes(t: XmppKit, user: string): Promise<XmppClient> {
  const client = await login(t, user, "first");
  client.send(`<presence xmlns="${ns.client}"/>`);
  await client.presence(client.jid);
  await client.ping();
  return client;
}

async function welcomed(t: XmppKit, romeo: XmppClient, word: string, act: () => Promise<void>): Promise<void> {
  await execute(t, romeo, "set-welcome", field("welcome", word, "by order"));
  try {
    await act();
  } finally {
    await execute(t, romeo, "delete-welcome");
  }
}

const says =
  (word: string) =>
  (xml: { childText(name: string): string | undefined }): boolean =>
    xml.childText("body")?.includes(word) === true;

describe("XEP-0133 Service Administration: logins", () => {
  requirement(
    "XEP-0133 §4.9",
    "The data form included in the IQ result will include the user's last login time (which SHOULD conform to the DateTime profile specified in XEP-0082).",
    (t) =>
      withUser(t, async (romeo, user, jid) => {
        await (await comes(t, user)).end();

        const done = await execute(t, romeo, "get-user-lastlogin", field("accountjids", jid));

        assert.deepEqual(valuesOf(done, "accountjids"), [jid]);
        const [at, ...more] = valuesOf(done, "lastlogin");
        assert.match(at ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
        assert.ok(Math.abs(Date.now() - Date.parse(at!)) < toleranceMs, at);
        assert.deepEqual(more, []);
      }),
    { needs },
  );

  requirement(
    "XEP-0133 §4.27",
    "An informative “welcome message” is sent to newly registered users of the server when they first log in, and not again; the form to set it SHOULD include the current one.",
    (t) =>
      withUser(t, async (romeo, user) => {
        const word = t.word();
        await welcomed(t, romeo, word, async () => {
          const begun = await romeo.iq("set", command(`${admin}#set-welcome`), t.domain);
          assert.deepEqual(valuesOf(begun.child("command", commands)!, "welcome"), [word, "by order"]);

          const first = await comes(t, user);
          const told = await first.take("the welcome", says(word));
          await first.end();
          const second = await comes(t, user);
          const third = await comes(t, user);

          assert.match(told.childText("body")!, /by order/);
          for (const client of [second, third]) assert.ok(!client.waiting.some(says(word)));
          await Promise.all([second.end(), third.end()]);
        });
      }),
    { needs },
  );

  requirement(
    "XEP-0133 §4.28",
    "The service SHOULD simply delete the welcome message: nobody is welcomed any more.",
    (t) =>
      withUser(t, async (romeo, user) => {
        const word = t.word();
        await welcomed(t, romeo, word, async () => {});

        const client = await comes(t, user);
        await t.settled(romeo, client);

        assert.ok(!client.waiting.some(says(word)));
        const begun = await romeo.iq("set", command(`${admin}#set-welcome`), t.domain);
        assert.deepEqual(valuesOf(begun.child("command", commands)!, "welcome"), []);
        await client.end();
      }),
    { needs },
  );
});
