// XEP-0050 Ad-Hoc Commands, and XEP-0133 Service Administration with them: the first login is an administrator's.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import {
  admin,
  command,
  commands,
  execute,
  field,
  form,
  listed,
  login,
  refused,
  valuesOf,
  withUser,
} from "../command-kit.ts";
import { requirement } from "./requirement.ts";

const needs = ["admin"] as const;

describe("XEP-0050 Ad-Hoc Commands, XEP-0133 Service Administration", () => {
  requirement(
    "XEP-0050 §2.2",
    "To find what commands an entity provides, the requester queries it for the items of the node 'http://jabber.org/protocol/commands'; each is an item with a JID, a node and a name, and has the identity automation/command-node (§2.3).",
    async (t) => {
      const romeo = await t.available(0);

      const answer = await romeo.iq("get", `<query xmlns="${ns.discoItems}" node="${commands}"/>`, t.domain);
      const items = answer.child("query", ns.discoItems)!.elements;
      assert.notEqual(items.length, 0);
      for (const { attributes } of items) {
        assert.ok(
          attributes["jid"] !== undefined && attributes["node"] !== undefined && attributes["name"] !== undefined,
        );
      }
      const node = `${admin}#add-user`;
      const info = await romeo.iq("get", `<query xmlns="${ns.discoInfo}" node="${node}"/>`, t.domain);

      const found = info.child("query", ns.discoInfo)!;
      assert.ok(found.elements.some((each) => each.attributes["type"] === "command-node"));
      assert.ok(found.elements.some((each) => each.attributes["var"] === commands));
      assert.equal(found.attributes["node"], node);
    },
    { needs },
  );

  requirement(
    "XEP-0050 §4.4",
    "An unknown command is <item-not-found/>; an action that is not known is <bad-request/> with <malformed-action/>, a session that is none with <bad-sessionid/>.",
    async (t) => {
      const romeo = await t.available(0);
      const node = `${admin}#add-user`;
      const detail = (answer: Xml): string | undefined =>
        answer.child("error")?.elements.find((each) => each.xmlns === commands)?.name;

      assert.equal(conditionOf(await romeo.iq("set", command("no-such-command"), t.domain)), "item-not-found");
      const malformed = await romeo.iq("set", command(node, ` action="dance"`), t.domain);
      const unknown = await romeo.iq("set", command(node, ` sessionid="none" action="complete"`, form()), t.domain);

      assert.deepEqual([conditionOf(malformed), detail(malformed)], ["bad-request", "malformed-action"]);
      assert.deepEqual([conditionOf(unknown), detail(unknown)], ["bad-request", "bad-sessionid"]);
    },
    { needs: ["admin", "policy"] },
  );

  requirement(
    "XEP-0050 §4.3",
    "A command that is cancelled is answered with the status 'canceled', and its session is over.",
    async (t) => {
      const romeo = await t.available(0);
      const node = `${admin}#add-user`;

      const begun = (await romeo.iq("set", command(node), t.domain)).child("command", commands)!;
      const session = ` sessionid="${begun.attributes["sessionid"]}"`;
      const ended = await romeo.iq("set", command(node, `${session} action="cancel"`), t.domain);

      assert.equal(begun.attributes["status"], "executing");
      assert.equal(ended.child("command", commands)?.attributes["status"], "canceled");
    },
    { needs },
  );

  requirement(
    "XEP-0050 §4.4",
    "<session-expired/> with <not-allowed/>: the requesting JID specified a sessionid that is no longer active (either because it was completed, canceled, or timed out).",
    async (t) => {
      const romeo = await t.available(0);
      const node = `${admin}#add-user`;
      const begun = (await romeo.iq("set", command(node), t.domain)).child("command", commands)!;
      const session = ` sessionid="${begun.attributes["sessionid"]}"`;
      await romeo.iq("set", command(node, `${session} action="cancel"`), t.domain);

      const late = await romeo.iq("set", command(node, `${session} action="complete"`, form()), t.domain);

      assert.equal(conditionOf(late), "not-allowed");
      assert.ok(late.child("error")?.child("session-expired", commands), String(late));
    },
    { needs: ["admin", "policy"], about: "a session that is over" },
  );

  requirement(
    "XEP-0050 §2.2",
    "If the command is not available to the requester, the responder SHOULD respond with a 403 “Forbidden” error.",
    async (t) => {
      const juliet = await t.available(1);
      const node = `${admin}#add-user`;

      const answer = await juliet.iq("get", `<query xmlns="${ns.discoInfo}" node="${node}"/>`, t.domain);

      assert.equal(conditionOf(answer), "forbidden");
    },
    { needs, about: "not for everybody" },
  );

  requirement(
    "XEP-0133 §3",
    "Administrative commands are for administrators: others do not see them, and MUST be refused.",
    async (t) => {
      const juliet = await t.available(1);

      assert.ok((await listed(t, juliet)).every((node) => !node.startsWith(`${admin}#`)));
      assert.equal((await juliet.iq("set", command(`${admin}#add-user`), t.domain)).attributes["type"], "error");
    },
    { needs },
  );

  requirement(
    "XEP-0133 §4.1",
    "Adding a user MUST result in the creation of an account; deleting a user MUST result in the end of its sessions and of the account (§4.2).",
    (t) =>
      withUser(t, async (romeo, user, jid) => {
        const client = await login(t, user, "first");

        const deleted = await execute(t, romeo, "delete-user", field("accountjids", jid));

        assert.equal(deleted.attributes["status"], "completed");
        await client.closed();
        await assert.rejects(login(t, user, "first"));
      }),
    { needs },
  );

  for (const [what, ...fields] of [
    ["two passwords that differ", ["accountjid", "NEW"], ["password", "a"], ["password-verify", "b"]],
    ["an account of another host", ["accountjid", "a@elsewhere.example"], ["password", "a"], ["password-verify", "a"]],
    ["an address that is none", ["accountjid", "a@b@c"], ["password", "a"], ["password-verify", "a"]],
    ["an account that is there", ["accountjid", "OLD"], ["password", "a"], ["password-verify", "a"]],
  ] as const) {
    requirement(
      "XEP-0133 §4.1",
      "What cannot be done is refused, by an error or by a note of type 'error' in a command that is completed (XEP-0050 §3.4).",
      async (t) => {
        const romeo = await t.available(0);
        const there = { NEW: `${t.word().toLowerCase()}@${t.domain}`, OLD: t.bare(1) };

        await refused(
          t,
          romeo,
          "add-user",
          ...fields.map(([name, value]) => field(name, there[value as "NEW" | "OLD"] ?? value)),
        );

        assert.equal((await login(t, t.credentials(1).user, t.credentials(1).password)).bare, t.bare(1));
      },
      { about: what, needs },
    );
  }

  requirement(
    "XEP-0133 §4.7",
    "An administrator may change a user's password: the new one holds from then on, and the old one no longer.",
    (t) =>
      withUser(t, async (romeo, user, jid) => {
        await execute(t, romeo, "change-user-password", field("accountjid", jid), field("password", "second"));

        await (await login(t, user, "second")).drop();
        await assert.rejects(login(t, user, "first"));
      }),
    { needs },
  );

  requirement(
    "XEP-0133 §4.5",
    "If the JID is of the form <user@host/resource>, the service MUST end only the session associated with that resource; if it is <user@host>, it MUST end all of the user's sessions.",
    (t) =>
      withUser(t, async (romeo, user, jid) => {
        const [phone, laptop, tablet] = [
          await login(t, user, "first"),
          await login(t, user, "first"),
          await login(t, user, "first"),
        ];

        await execute(t, romeo, "end-user-session", field("accountjids", phone.jid));
        await phone.closed();
        await laptop.ping();
        await tablet.ping();
        await execute(t, romeo, "end-user-session", field("accountjids", jid));

        await Promise.all([laptop.closed(), tablet.closed()]);
      }),
    { needs },
  );

  requirement(
    "XEP-0133 §4.8",
    "The data form included in the IQ result will include the user's roster, formatted according to the 'jabber:iq:roster' protocol.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const jid = `${t.word()}@example.net`;
      await juliet.iq("set", `<query xmlns="${ns.roster}"><item jid="${jid}" name="N"/></query>`);

      const done = await execute(t, romeo, "get-user-roster", field("accountjids", juliet.bare));

      const items = done.deep("query", ns.roster)?.elements ?? [];
      assert.ok(items.some((item) => item.attributes["jid"] === jid && item.attributes["name"] === "N"));
      await juliet.iq("set", `<query xmlns="${ns.roster}"><item jid="${jid}" subscription="remove"/></query>`);
    },
    { needs },
  );

  for (const [clause, name, number] of [
    ["§4.13", "get-registered-users-num", "registeredusersnum"],
    ["§4.15", "get-online-users-num", "onlineusersnum"],
    ["§4.16", "get-active-users-num", "activeusersnum"],
  ] as const) {
    requirement(
      `XEP-0133 ${clause}`,
      "The service SHOULD simply return the number of registered, online or active users.",
      async (t) => {
        const [romeo] = [await t.available(0), await t.available(1)];

        const done = await execute(t, romeo, name);

        assert.ok(Number(valuesOf(done, number)[0]) >= 2, String(done));
      },
      { needs },
    );
  }

  for (const [clause, name, list] of [
    ["§4.18", "get-registered-users-list", "registereduserjids"],
    ["§4.20", "get-online-users-list", "onlineuserjids"],
    ["§4.21", "get-active-users", "activeuserjids"],
  ] as const) {
    requirement(
      `XEP-0133 ${clause}`,
      "The service returns the list of registered, online or active users, or a form that asks how many of them to show.",
      async (t) => {
        const [romeo, juliet] = [await t.available(0), await t.available(1)];

        const done = await execute(t, romeo, name, field("max_items", "200"));

        const jids = new Set(valuesOf(done, list).map((jid) => jid.split("/")[0]));
        for (const client of [romeo, juliet]) assert.ok(jids.has(client.bare), String(done));
      },
      { needs },
    );
  }

  requirement(
    "XEP-0133 §4.23",
    "The announcement of the form's field 'announcement' is sent to the users who currently have a session.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();

      await execute(t, romeo, "announce", field("subject", "Soon"), field("announcement", word, "by order"));

      const told = await juliet.take("the announcement", (xml) => xml.childText("body")?.includes(word) === true);
      assert.match(told.childText("body")!, /by order/);
    },
    { needs },
  );
});
