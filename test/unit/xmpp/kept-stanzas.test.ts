import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UserId } from "#core";
import { silent } from "../../../src/ops/log.ts";
import { createSqliteStore } from "../../../src/store/sqlite/index.ts";
import { until } from "../../../src/testing/until.ts";
import { keptBytesAfter } from "../../support/kept-bytes.ts";
import { authenticated, type Desk, type FakeLink, desk } from "./fakes.ts";

const stanzaBytes = 100_000;
const stanzas = 24;

/** A part of a stanza that nobody keeps. */
const chaff = (n: number): string => `<chaff xmlns="urn:example:chaff">${`${n}`.padEnd(stanzaBytes, "x")}</chaff>`;
/** The same in an attribute of the stanza. */
const husk = (n: number): string => ` husk="${`${n}`.padEnd(stanzaBytes, "x")}"`;

const iq = (n: number, type: string, to: string, inner: string): string =>
  `<iq xmlns="jabber:client" type="${type}" id="i${n}"${to === "" ? "" : ` to="${to}"`}${husk(n)}>${inner}</iq>`;

const room = (n: number): string => `the-room-number-${n}@rooms.localhost`;
const form = (type: string, ...fields: readonly (readonly [string, string])[]): string =>
  `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${type}</value></field>${fields.map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`).join("")}</x>`;

describe("what a stanza leaves behind", () => {
  let directory = "";
  let at: Desk;
  let alice: FakeLink;
  let store: ReturnType<typeof createSqliteStore>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "trivium-kept-"));
    store = createSqliteStore({ file: join(directory, "trivium.db"), log: silent });
    at = await desk({}, { store });
    alice = await at.bound();
    alice.says(`<presence xmlns="jabber:client"/>`);
    await alice.hears("<presence");
  });
  after(async () => {
    await at[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const hears = async (part: string): Promise<void> => {
    await until(() => alice.sent.some((each) => each.includes(part)));
    alice.sent.length = 0;
  };
  const answered = async (n: number, stanza: string): Promise<void> => {
    alice.sent.length = 0;
    alice.says(stanza);
    await until(() => alice.sent.some((each) => each.includes(`id="i${n}"`)));
    const found = alice.sent.find((each) => each.includes(`id="i${n}"`))!;
    assert.match(found, /type="result"/);
    alice.sent.length = 0;
  };
  const pinged = (n: number): Promise<void> =>
    answered(n, `<iq xmlns="jabber:client" type="get" id="i${n}"><ping xmlns="urn:xmpp:ping"/></iq>`);

  const kinds: Record<string, (n: number) => Promise<void>> = {
    "to whom presence was sent directly": async (n) => {
      alice.says(`<presence xmlns="jabber:client" to="a-friend-number-${n}@localhost">${chaff(n)}</presence>`);
      await pinged(n);
    },
    "what a client can do": async (n) => {
      const features = ["http://jabber.org/protocol/disco#info", `urn:example:some-node-${n}+notify`];
      const ver = createHash("sha1")
        .update(`client/pc//<${features.map((each) => `${each}<`).join("")}`)
        .digest("base64");
      alice.says(
        `<presence xmlns="jabber:client"><c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="urn:example:client-${n}" ver="${ver}"/></presence>`,
      );
      await until(() => alice.sent.some((each) => /id="caps-\d+"/.test(each)));
      const id = /id="(caps-\d+)"/.exec(alice.sent.join(""))![1]!;
      alice.says(
        `<iq xmlns="jabber:client" type="result" id="${id}" to="localhost"${husk(n)}><query xmlns="http://jabber.org/protocol/disco#info"><identity category="client" type="pc"/>${features.map((each) => `<feature var="${each}"/>`).join("")}</query></iq>`,
      );
      await pinged(n);
    },
    "a room and who is in it": async (n) => {
      alice.says(
        `<presence xmlns="jabber:client" to="${room(n)}/a-nick-that-is-long"${husk(n)}><x xmlns="http://jabber.org/protocol/muc"/><status>a status that is long</status></presence>`,
      );
      await hears('code="110"');
    },
    "a room's settings": (n) =>
      answered(
        n,
        iq(
          n,
          "set",
          room(n),
          `<query xmlns="http://jabber.org/protocol/muc#owner">${form("http://jabber.org/protocol/muc#roomconfig", ["muc#roomconfig_roomname", "a room name that is long"], ["muc#roomconfig_roomdesc", "a description that is long"], ["muc#roomconfig_roomsecret", "a password that is long"])}</query>`,
        ),
      ),
    "who belongs to a room": (n) =>
      answered(
        n,
        iq(
          n,
          "set",
          room(n),
          `<query xmlns="http://jabber.org/protocol/muc#admin"><item affiliation="member" jid="bob@localhost" nick="a nick that bob has"><reason>a reason that is long</reason></item></query>`,
        ),
      ),
    "a room's subject": async (n) => {
      alice.says(
        `<message xmlns="jabber:client" type="groupchat" to="${room(n)}" id="subject-number-${n}"${husk(n)}><subject>a subject that is long ${n}</subject></message>`,
      );
      await hears(`long ${n}<`);
    },
    "what was said in a room": async (n) => {
      alice.says(
        `<message xmlns="jabber:client" type="groupchat" to="${room(n)}" id="message-number-${n}"${husk(n)}><body>a message that is long ${n}</body><origin-id xmlns="urn:xmpp:sid:0" id="origin-number-${n}"/></message>`,
      );
      await hears(`long ${n}<`);
    },
    "what was said to somebody": async (n) => {
      alice.says(
        `<message xmlns="jabber:client" type="chat" to="alice@localhost" id="message-number-${n}"${husk(n)}><body>a message that is long ${n}</body><origin-id xmlns="urn:xmpp:sid:0" id="origin-number-${n}"/></message>`,
      );
      await hears(`long ${n}<`);
    },
    "a pub node and its item": (n) =>
      answered(
        n,
        iq(
          n,
          "set",
          "",
          `<pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="urn:example:some-node-${n}"><item id="an-item-that-is-long"><thing xmlns="urn:example:thing-that-is-long"/></item></publish><publish-options>${form("http://jabber.org/protocol/pubsub#publish-options", ["pubsub#title", "a title that is long"])}</publish-options></pubsub>`,
        ),
      ),
    "a nick in a room": (n) =>
      answered(
        n,
        iq(
          n,
          "set",
          room(n),
          `<query xmlns="jabber:iq:register">${form("http://jabber.org/protocol/muc#register", ["muc#register_roomnick", `a nick of mine ${n}`])}</query>`,
        ),
      ),
    "what is kept in private": (n) =>
      answered(
        n,
        iq(
          n,
          "set",
          "",
          `<query xmlns="jabber:iq:private"><thing xmlns="urn:example:thing-number-${n % 10}">a text that is long</thing></query>`,
        ),
      ),
    "which of a room's messages may ring": (n) =>
      answered(
        n,
        iq(
          n,
          "set",
          "",
          `<pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="urn:xmpp:bookmarks:1"><item id="${room(n)}"><conference xmlns="urn:xmpp:bookmarks:1" name="a name that is long"><nick>a nick that is long</nick><extensions><notify xmlns="urn:xmpp:notification-settings:1"><never/></notify></extensions></conference></item></publish></pubsub>`,
        ),
      ),
    "a contact": (n) =>
      answered(
        n,
        iq(
          n,
          "set",
          "",
          `<query xmlns="jabber:iq:roster"><item jid="a-contact-number-${n}@localhost" name="a name that is long"><group>a group that is long</group></item></query>`,
        ),
      ),
    "who is blocked": (n) =>
      answered(
        n,
        iq(n, "set", "", `<block xmlns="urn:xmpp:blocking"><item jid="a-pest-number-${n}@localhost"/></block>`),
      ),
    "a push service": (n) =>
      answered(
        n,
        iq(
          n,
          "set",
          "",
          `<enable xmlns="urn:xmpp:push:0" jid="push.localhost" node="a-node-that-is-long-${n % 10}">${form("http://jabber.org/protocol/pubsub#publish-options", ["secret", "a secret that is long"])}</enable>`,
        ),
      ),
  };

  kinds["of what a push service was told"] = async (n) => {
    const user = `somebody-${n}@localhost` as UserId;
    await at.core.accounts.create(user, `secret-${n}`);
    const service = { jid: "push.localhost", node: "a-node", device: `xmpp:phone-${n}`, options: [] };
    await at.core.pushes.put(user, service);
    alice.says(
      `<message xmlns="jabber:client" type="chat" to="${user}" id="message-number-${n}"${husk(n)}><body>a message that is long ${n}</body></message>`,
    );
    await until(async () => {
      at.clock.advance(2_000);
      return (await at.core.pushes.of(user)).length === 0; // there is no such service
    });
  };

  /** Of what comes on streams of their own. */
  const streams: FakeLink[] = [];
  kinds["a session"] = async (n) => {
    const link = await authenticated(at);
    link.says(
      `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0" xml:lang="de-DE-1996-x-long"${husk(n)}/>`,
    );
    link.says(
      `<iq xmlns="jabber:client" type="set" id="b"${husk(n)}><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>a resource that is long ${n}</resource></bind></iq>`,
    );
    await link.hears('id="b"');
    link.says(`<enable xmlns="urn:xmpp:sm:3" resume="true"${husk(n)}/>`);
    await link.hears("<enabled");
    link.sent.length = 0;
    streams.push(link);
  };

  for (const [what, leave] of Object.entries(kinds)) {
    it(`is ${what}, and none of the rest of it`, async () => {
      for (let n = 100; n < 104; n++) await leave(n);
      alice.sent.length = 0;

      const kept = await keptBytesAfter(async () => {
        for (let n = 0; n < stanzas; n++) await leave(n);
        alice.sent.length = 0;
      });
      assert.ok(kept < (stanzas * stanzaBytes) / 4, `${Math.round(kept / stanzas)} bytes for each stanza`);
    });
  }
});
