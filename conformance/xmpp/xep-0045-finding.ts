// XEP-0045 §6, §7.2.13, §7.2.8, §17: what is found out about rooms, what history is sent, and accounts there twice.
import assert from "node:assert/strict";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { info, items } from "../disco-kit.ts";
import {
  codes,
  company,
  configure,
  features,
  hall,
  hears,
  isResult,
  item,
  knock,
  muc,
  roomSays,
  say,
} from "../muc-kit.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

const isSubject = (xml: Xml): boolean => xml.child("subject") !== undefined && xml.child("body") === undefined;

/** The bodies of the history that is sent to one who comes in asking for this. */
async function historyOf(client: XmppClient, room: string, nick: string, wish: string): Promise<Xml[]> {
  await knock(client, room, nick, wish);
  const heard: Xml[] = [];
  for (;;) {
    const next = await roomSays(client, room, "history or the subject", () => true);
    if (isSubject(next)) return heard;
    heard.push(next);
  }
}

const rsm = "http://jabber.org/protocol/rsm";

const bodies = (heard: readonly Xml[]): (string | undefined)[] => heard.map((xml) => xml.childText("body"));

describe("XEP-0045 finding rooms and what was said", () => {
  requirement("XEP-0045 §6.1", "An entity often discovers a MUC service by sending a disco#items request to its own server.", async (t) => {
    const client = await t.available();

    const found = (await items(client, t.domain)).child("query")!.elements.map((one) => one.attributes["jid"]);

    assert.ok(found.includes(t.address.rooms), found.join());
  }, muc); // prettier-ignore

  requirement("XEP-0045 §6.4", "A room that does not exist is not found: disco#info is answered with <item-not-found/>.", async (t) => {
    const client = await t.available();

    assert.equal(conditionOf(await info(client, t.room())), "item-not-found");
  }, { ...muc, about: "none" }); // prettier-ignore

  for (const [field, value, feature] of [["passwordprotectedroom", "1", "muc_passwordprotected"], ["passwordprotectedroom", "0", "muc_unsecured"], ["publicroom", "1", "muc_public"], ["persistentroom", "0", "muc_temporary"]] as const)
    requirement("XEP-0045 §6.4", "The room MUST return its identity and SHOULD return the features it supports.", async (t) => {
      const { room, owner } = await hall(t, { [field]: value, ...(value === "1" && feature === "muc_passwordprotected" && { roomsecret: "s" }) });

      assert.ok((await features(owner, room)).includes(feature));
    }, { ...muc, about: feature }); // prettier-ignore

  requirement("XEP-0045 §6.4", "The room's identity carries its natural-language name.", async (t) => {
    const { room, guest } = await hall(t, { roomname: "A Dark Cave" });

    const identity = (await info(guest, room)).child("query")!.elements.find((one) => one.is("identity"))!.attributes;
    assert.deepEqual([identity["category"], identity["type"], identity["name"]], ["conference", "text", "A Dark Cave"]);
  }, { ...muc, about: "its name" }); // prettier-ignore

  requirement("XEP-0045 §6.5", "An implementation MAY return a list of existing occupants if that information is publicly available.", async (t) => {
    const { room, guest } = await hall(t, { publicroom: "1" });

    const found = (await items(guest, room)).child("query")!.elements.map((one) => one.attributes["jid"]);

    if (found.length === 0) throw new NotOffered("the room keeps its occupants to itself");
    assert.deepEqual(found, [`${room}/owner`]);
  }, { ...muc, about: "from outside" }); // prettier-ignore

  requirement("XEP-0045 §6.5", "… or return no list at all if this information is kept private: a hidden, members-only room's is.", async (t) => {
    const { room, guest } = await hall(t, { publicroom: "0", membersonly: "1" });

    const answer = await items(guest, room);

    assert.ok(!String(answer).includes(`${room}/owner`), String(answer));
  }, { ...muc, about: "private" }); // prettier-ignore

  requirement("XEP-0045 §6.6", "If a non-occupant attempts to send a disco request to an address of the form room@service/nick, a MUC service MUST return a <bad-request/> error.", async (t) => {
    const { room, guest } = await hall(t);

    assert.equal(conditionOf(await items(guest, `${room}/owner`)), "bad-request");
    assert.equal(conditionOf(await info(guest, `${room}/owner`)), "bad-request");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §6.6", "If an occupant wants to query another occupant, the service passes the request on to it (MAY).", async (t) => {
    const { room, owner, guest } = await company(t);

    guest.send(`<iq xmlns="jabber:client" type="get" id="ask1" to="${room}/owner"><query xmlns="${ns.discoInfo}"/></iq>`);

    const asked = await owner.take("the question", (xml) => xml.is("iq") && xml.attributes["from"] === `${room}/guest`);
    owner.send(`<iq xmlns="jabber:client" type="result" id="${asked.attributes["id"]}" to="${room}/guest"><query xmlns="${ns.discoInfo}"><feature var="${ns.muc}"/></query></iq>`);
    const answer = await guest.take("the answer", (xml) => xml.is("iq") && xml.attributes["id"] === "ask1");
    assert.deepEqual([answer.attributes["type"], answer.attributes["from"]], ["result", `${room}/owner`]);
  }, { ...muc, about: "an occupant" }); // prettier-ignore

  requirement("XEP-0059 §2.1", "Rooms are listed in pages where they are asked for so (XEP-0045 §6.3), each after the last.", async (t) => {
    const { room, owner } = await hall(t, { publicroom: "1" });
    await t.enter(owner, t.room(), "owner");
    if (!(await features(owner, t.address.rooms!)).includes(rsm)) throw new NotOffered("no pages of rooms");
    const page = async (wish: string): Promise<string[]> => {
      const answer = await owner.iq("get", `<query xmlns="${ns.discoItems}"><set xmlns="${rsm}">${wish}</set></query>`, t.address.rooms);
      assert.ok(Number(answer.deep("count", rsm)?.text ?? "2") >= 2, String(answer));
      return answer.child("query")!.elements.flatMap((one) => (one.is("item") ? [one.attributes["jid"]!] : []));
    };

    const [first, ...more] = await page("<max>1</max>");
    const [second] = await page(`<max>1</max><after>${first}</after>`);

    assert.deepEqual(more, []);
    assert.ok(first !== undefined && second !== undefined && first !== second && room !== "");
  }, { ...muc, about: "rooms" }); // prettier-ignore

  requirement("XEP-0045 §7.12", "If the user does not have a registered nickname, the room MUST return a service discovery <query/> element that is empty.", async (t) => {
    const { room, guest } = await hall(t);

    const answer = await info(guest, room, "x-roomuser-item");

    if (answer.attributes["type"] === "error" && conditionOf(answer) === "feature-not-implemented") throw new NotOffered("no reserved nicks");
    isResult(answer);
    assert.deepEqual(answer.child("query")!.elements, []);
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.2.13", "Send only the messages received since the datetime specified.", async (t) => {
    const { room, owner, guest } = await hall(t);
    const [before, after] = [t.word(), t.word()];
    await hears(owner, say(owner, room, `<body>${before}</body>`));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const since = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await hears(owner, say(owner, room, `<body>${after}</body>`));

    assert.deepEqual(bodies(await historyOf(guest, room, "guest", `<history since="${since}"/>`)), [after]);
  }, { ...muc, about: "since" }); // prettier-ignore

  requirement("XEP-0045 §7.2.13", "Send only the messages received in the last X seconds.", async (t) => {
    const { room, owner, guest } = await hall(t);
    const [before, after] = [t.word(), t.word()];
    await hears(owner, say(owner, room, `<body>${before}</body>`));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await hears(owner, say(owner, room, `<body>${after}</body>`));

    assert.deepEqual(bodies(await historyOf(guest, room, "guest", `<history seconds="2"/>`)), [after]);
  }, { ...muc, about: "seconds" }); // prettier-ignore

  requirement("XEP-0045 §7.2.13", "The service MUST send the largest number of complete stanzas that results in a number of characters less than or equal to the 'maxchars' value.", async (t) => {
    const { room, owner, guest } = await hall(t);
    for (let n = 0; n < 8; n++) await hears(owner, say(owner, room, `<body>${"x".repeat(300)}</body>`));

    const some = await historyOf(guest, room, "guest", `<history maxchars="2000"/>`);

    assert.ok(some.length > 0 && some.length < 7, `${some.length} messages`);
  }, { ...muc, about: "maxchars" }); // prettier-ignore

  requirement("XEP-0045 §7.2.13", "The service MUST send the smallest amount of traffic that meets any combination of the above criteria.", async (t) => {
    const { room, owner, guest } = await hall(t);
    const words = Array.from({ length: 4 }, () => t.word());
    for (const word of words) await hears(owner, say(owner, room, `<body>${word}</body>`));

    const heard = await historyOf(guest, room, "guest", `<history maxstanzas="2" seconds="3600" since="1970-01-01T00:00:00Z" maxchars="65000"/>`);

    assert.deepEqual(bodies(heard), words.slice(2));
  }, { ...muc, about: "combined" }); // prettier-ignore

  requirement("XEP-0045 §7.2.13", "maxstanzas='0' limits the number of messages to none.", async (t) => {
    const { room, owner, guest } = await hall(t);
    await hears(owner, say(owner, room, "<body>before</body>"));

    assert.deepEqual(await historyOf(guest, room, "guest", `<history maxstanzas="0"/>`), []);
  }, { ...muc, about: "maxstanzas 0" }); // prettier-ignore

  requirement("XEP-0045 §7.2.14", "In semi-anonymous rooms the 'from' of <delay/> MUST NOT be the sender's full JID, and SHOULD be the JID of the room itself.", async (t) => {
    const { room, owner, guest } = await hall(t, { whois: "moderators" });
    await hears(owner, say(owner, room, "<body>before</body>"));

    const [one] = await historyOf(guest, room, "guest", "");

    assert.equal(one!.attributes["from"], `${room}/owner`);
    assert.equal(one!.child("delay", ns.delay)!.attributes["from"], room);
  }, { ...muc, about: "delay" }); // prettier-ignore

  requirement("XEP-0045 §7.2.15", "If there is no subject, the room MUST return an empty <subject/> element, and no body.", async (t) => {
    const { room, guest } = await hall(t);

    await knock(guest, room, "guest");

    const told = await roomSays(guest, room, "a subject", isSubject);
    assert.deepEqual([told.attributes["type"], told.childText("subject") ?? ""], ["groupchat", ""]);
  }, { ...muc, about: "none" }); // prettier-ignore

  requirement("XEP-0045 §7.2.8", "If the bare JID of the present occupant matches that of the user seeking to enter, the service SHOULD allow entry, and SHOULD route in-room messages to all of the user's resources.", async (t) => {
    const { room, owner, guest } = await company(t);
    const second = await t.available(1);

    assert.ok(codes(await knock(second, room, "guest")).includes("110"));

    const id = say(owner, room, "<body>both</body>");
    for (const each of [guest, second]) assert.equal((await hears(each, id)).attributes["from"], `${room}/owner`);
    const answer = say(second, room, "<body>here</body>", t.word());
    for (const each of [owner, guest, second]) assert.equal((await hears(each, answer)).attributes["from"], `${room}/guest`);
  }, { ...muc, about: "one's other client" }); // prettier-ignore

  requirement("XEP-0045 §7.14", "While another session of the account is in the room under the nick, the others are not told that it has gone.", async (t) => {
    const { room, owner, guest } = await company(t);
    const second = await t.available(1);
    await knock(second, room, "guest");

    second.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/guest"/>`);
    await second.presence(`${room}/guest`, "unavailable");
    const id = say(guest, room, "<body>still here</body>", t.word());
    await hears(owner, id);

    assert.ok(!owner.waiting.some((xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && xml.attributes["type"] === "unavailable"));
  }, { ...muc, about: "one of two sessions" }); // prettier-ignore

  requirement("XEP-0045 §7.14", "The departing occupant MAY give a custom exit message, which the room passes on.", async (t) => {
    const { room, owner, guest } = await company(t);

    guest.send(`<presence xmlns="jabber:client" type="unavailable" to="${room}/guest"><status>gone where the goblins go</status></presence>`);

    assert.equal((await owner.presence(`${room}/guest`, "unavailable")).childText("status"), "gone where the goblins go");
  }, { ...muc, about: "an exit message" }); // prettier-ignore

  requirement("XEP-0045 §7.14", "If the user sends general unavailable presence, the server broadcasts it to the occupant JIDs to which directed presence was sent.", async (t) => {
    const { room, owner, guest } = await company(t);

    guest.send(`<presence xmlns="jabber:client" type="unavailable"/>`);

    assert.equal(item(await owner.presence(`${room}/guest`, "unavailable"))["role"], "none");
  }, { ...muc, about: "general presence" }); // prettier-ignore

  requirement("XEP-0045 §7.2.9", "If the room has reached its maximum number of occupants, the service SHOULD deny access with <service-unavailable/>; an admin or owner MUST be let in.", async (t) => {
    const { room, owner, guest } = await hall(t);
    await configure(owner, room, { maxusers: "1" });

    assert.match(conditionOf(await knock(guest, room, "guest")), /^(service-unavailable|resource-constraint)$/);
    isResult(await owner.iq("set", `<query xmlns="http://jabber.org/protocol/muc#admin"><item jid="${guest.bare}" affiliation="admin"/></query>`, room));
    assert.equal(item(await knock(guest, room, "guest"))["affiliation"], "admin");
  }, { ...muc, about: "a full room" }); // prettier-ignore

  requirement("XEP-0045 §7.2.10", "If a user attempts to enter a room while it is “locked”, the service MUST refuse entry and return <item-not-found/>.", async (t) => {
    const [owner, guest, room] = [await t.available(0), await t.available(1), t.room()];
    await knock(owner, room, "owner");
    await owner.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room);

    const answer = await knock(guest, room, "guest");

    assert.equal(conditionOf(answer), "item-not-found");
  }, muc); // prettier-ignore

  requirement("XEP-0045 §7.2.12", "If discussions are logged, the service MUST warn the user: status code 170 in its initial presence.", async (t) => {
    const { room, owner, guest } = await hall(t);
    const answer = await owner.iq("get", `<query xmlns="${ns.mucOwner}"/>`, room);
    if (!String(answer).includes("muc#roomconfig_enablelogging")) throw new NotOffered("no logging to be configured");
    await configure(owner, room, { enablelogging: "1" });

    assert.ok(codes(await knock(guest, room, "guest")).includes("170"));
  }, muc); // prettier-ignore

  requirement("RFC 6121 §4.3.2", "A probe of an occupant by one in the room is answered with its presence; from outside the occupant is not shown.", async (t) => {
    const { room, owner, guest } = await company(t);
    const third = await t.available(2);
    const probe = (by: XmppClient): void => by.send(`<presence xmlns="jabber:client" type="probe" to="${room}/owner"/>`);

    probe(guest);
    probe(third);

    assert.equal(item(await guest.take("an answer", (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/owner`))["role"], "moderator");
    await third.ping();
    assert.ok(!third.waiting.some((xml) => xml.is("presence") && xml.attributes["from"] === `${room}/owner` && xml.attributes["type"] !== "error"));
    assert.ok(owner.jid !== "");
  }, { ...muc, about: "in a room" }); // prettier-ignore

  requirement("XEP-0153 §4.2", "A card asked for at an occupant's address is the account's.", async (t) => {
    const { room, owner, guest } = await company(t);
    const name = t.word();
    isResult(await owner.iq("set", `<vCard xmlns="vcard-temp"><FN>${name}</FN></vCard>`));

    assert.equal((await guest.iq("get", `<vCard xmlns="vcard-temp"/>`, `${room}/owner`)).child("vCard")?.childText("FN"), name);
  }, { ...muc, about: "in a room" }); // prettier-ignore
});
