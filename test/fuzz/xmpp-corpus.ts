// Stanzas and other elements of a bound stream, right and whole: what the fuzzer starts from. Each declares its namespaces.

const client = (name: string, attributes: string, inside = ""): string =>
  `<${name} xmlns="jabber:client"${attributes === "" ? "" : ` ${attributes}`}>${inside}</${name}>`;
const message = (attributes: string, inside: string): string => client("message", attributes, inside);
const presence = (attributes: string, inside = ""): string => client("presence", attributes, inside);
const ask = (type: string, inside: string, to = ""): string =>
  client("iq", `type="${type}" id="q"${to === "" ? "" : ` to="${to}"`}`, inside);
const form = (type: string, fields: Readonly<Record<string, string>>): string =>
  `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>${type}</value></field>${Object.entries(
    fields,
  )
    .map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`)
    .join("")}</x>`;

const bob = "bob@localhost";
const room = "den@rooms.localhost";
const rsm = `<set xmlns="http://jabber.org/protocol/rsm"><max>5</max><before/></set>`;
const pubsub = (inside: string, owner = ""): string =>
  `<pubsub xmlns="http://jabber.org/protocol/pubsub${owner}">${inside}</pubsub>`;
const muc = `<x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="3"/></x>`;

const messages: readonly string[] = [
  message(`to="${bob}" type="chat" id="m1"`, `<body>hark &amp; hear &lt;3 ü 😀</body><origin-id xmlns="urn:xmpp:sid:0" id="o1"/>`),
  message(`to="alice@localhost" type="chat" id="m2"`, `<body>to myself</body><request xmlns="urn:xmpp:receipts"/>`),
  message(`to="${bob}" type="chat" id="m3"`, `<composing xmlns="http://jabber.org/protocol/chatstates"/>`),
  message(`to="${bob}" id="m4"`, `<received xmlns="urn:xmpp:receipts" id="m1"/>`),
  message(`to="${bob}" id="m5"`, `<displayed xmlns="urn:xmpp:chat-markers:0" id="m1"/>`),
  message(`to="${bob}" type="chat" id="m6"`, `<replace xmlns="urn:xmpp:message-correct:0" id="m1"/><body>corrected</body>`),
  message(`to="${bob}" type="chat" id="m7"`, `<retract xmlns="urn:xmpp:message-retract:1" id="m1"/><fallback xmlns="urn:xmpp:fallback:0"/><body>gone</body>`),
  message(`to="${bob}" type="chat" id="m8"`, `<reactions xmlns="urn:xmpp:reactions:0" id="m1"><reaction>👍</reaction></reactions><store xmlns="urn:xmpp:hints"/>`),
  message(`to="${bob}" type="chat" id="m9"`, `<reply xmlns="urn:xmpp:reply:0" to="${bob}" id="m1"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="5"/></fallback><body>&gt; ab\nyes</body>`),
  message(`to="${bob}" type="chat" id="m10"`, `<thread parent="a">b</thread><subject>s</subject><body xml:lang="de">ja</body>`),
  message(`to="${bob}" type="chat" id="m11"`, `<encrypted xmlns="eu.siacs.conversations.axolotl"><header sid="1"><key rid="2">AAAA</key><iv>BBBB</iv></header><payload>CCCC</payload></encrypted><store xmlns="urn:xmpp:hints"/>`),
  message(`to="${bob}" type="chat" id="m12"`, `<no-store xmlns="urn:xmpp:hints"/><body>not kept</body><x xmlns="jabber:x:oob"><url>https://localhost/a</url></x>`),
  message(`to="${bob}" type="headline"`, `<body>news</body>`),
  message(`to="${room}" type="groupchat" id="g1"`, `<body>to all</body><stanza-id xmlns="urn:xmpp:sid:0" id="x" by="${room}"/>`),
  message(`to="${room}" type="groupchat"`, `<subject>topic</subject>`),
  message(`to="${room}"`, `<x xmlns="http://jabber.org/protocol/muc#user"><invite to="${bob}"><reason>come</reason></invite></x>`),
  message(`to="${bob}"`, `<x xmlns="jabber:x:conference" jid="${room}" reason="come"/>`),
  message(`to="${room}"`, `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#request</value></field><field var="muc#role"><value>participant</value></field></x>`),
  message(`to="nobody@localhost/x" type="chat"`, `<body>whom?</body>`),
]; // prettier-ignore

const presences: readonly string[] = [
  presence("", `<show>away</show><status>out</status><priority>5</priority><c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="n" ver="QgayPKawpkPSDYmwT/WM94uAlu0="/>`),
  presence(`type="unavailable"`),
  presence(`to="${bob}" type="subscribe"`),
  presence(`to="${bob}" type="unsubscribed"`),
  presence(`to="${bob}"`, `<status>only for you</status>`),
  presence(`to="${room}/nick"`, muc),
  presence(`to="${room}/nick" type="unavailable"`),
]; // prettier-ignore

const queries: readonly string[] = [
  ask("get", `<query xmlns="jabber:iq:roster" ver="1"/>`),
  ask("set", `<query xmlns="jabber:iq:roster"><item jid="${bob}" name="Bob"><group>Friends</group></item></query>`),
  ask("get", `<query xmlns="http://jabber.org/protocol/disco#info"/>`, "localhost"),
  ask("get", `<query xmlns="http://jabber.org/protocol/disco#items"/>`, "rooms.localhost"),
  ask("get", `<query xmlns="http://jabber.org/protocol/disco#info" node="x"/>`, room),
  ask("get", `<ping xmlns="urn:xmpp:ping"/>`, `${room}/nick`),
  ask("get", `<query xmlns="jabber:iq:version"/>`, "localhost"),
  ask("get", `<query xmlns="jabber:iq:last"/>`, bob),
  ask("get", `<time xmlns="urn:xmpp:time"/>`, "localhost"),
  ask("get", `<vCard xmlns="vcard-temp"/>`, bob),
  ask("set", `<vCard xmlns="vcard-temp"><FN>A</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO></vCard>`),
  ask("set", `<query xmlns="jabber:iq:private"><storage xmlns="storage:bookmarks"><conference jid="${room}" autojoin="true"><nick>a</nick></conference></storage></query>`),
  ask("set", `<block xmlns="urn:xmpp:blocking"><item jid="spam@localhost"/></block>`),
  ask("set", `<unblock xmlns="urn:xmpp:blocking"/>`),
  ask("set", `<enable xmlns="urn:xmpp:carbons:2"/>`),
  ask("set", `<query xmlns="urn:xmpp:mam:2" queryid="f">${form("urn:xmpp:mam:2", { with: bob, start: "2020-01-01T00:00:00Z" })}${rsm}</query>`),
  ask("set", `<query xmlns="urn:xmpp:mam:2">${rsm}</query>`, room),
  ask("get", `<prefs xmlns="urn:xmpp:mam:2"/>`),
  ask("set", `<prefs xmlns="urn:xmpp:mam:2" default="roster"><always><jid>${bob}</jid></always><never/></prefs>`),
  ask("get", `<request xmlns="urn:xmpp:http:upload:0" filename="a.png" size="10" content-type="image/png"/>`, "upload.localhost"),
  ask("get", `<services xmlns="urn:xmpp:extdisco:2"/>`, "localhost"),
  ask("set", `<command xmlns="http://jabber.org/protocol/commands" node="urn:xmpp:invite#invite" action="execute"/>`, "localhost"),
  ask("get", `<query xmlns="jabber:iq:register"/>`, room),
  ask("get", `<query xmlns="http://jabber.org/protocol/muc#admin"><item affiliation="member"/></query>`, room),
  ask("set", `<query xmlns="http://jabber.org/protocol/muc#admin"><item nick="nick" role="none"><reason>r</reason></item></query>`, room),
  ask("get", `<query xmlns="http://jabber.org/protocol/muc#owner"/>`, room),
  ask("set", pubsub(`<publish node="urn:xmpp:avatar:metadata"><item id="a"><metadata xmlns="urn:xmpp:avatar:metadata"><info id="a" bytes="1" type="image/png"/></metadata></item></publish><publish-options>${form("http://jabber.org/protocol/pubsub#publish-options", { "pubsub#access_model": "open" })}</publish-options>`)),
  ask("get", pubsub(`<items node="urn:xmpp:bookmarks:1" max_items="2"/>`)),
  ask("set", pubsub(`<retract node="urn:xmpp:avatar:metadata" notify="1"><item id="a"/></retract>`)),
  ask("set", pubsub(`<create node="fuzz"/><configure>${form("http://jabber.org/protocol/pubsub#node_config", { "pubsub#max_items": "3" })}</configure>`), "pubsub.localhost"),
  ask("set", pubsub(`<subscribe node="fuzz" jid="alice@localhost"/>`), "pubsub.localhost"),
  ask("set", pubsub(`<publish node="plant/7/temp"><item id="current"><json xmlns="urn:xmpp:json:0">{"c":21}</json></item></publish>`), "pubsub.localhost"),
  ask("get", pubsub(`<configure node="fuzz"/>`, "#owner"), "pubsub.localhost"),
  ask("set", pubsub(`<delete node="fuzz"/>`, "#owner"), "pubsub.localhost"),
  ask("set", `<report xmlns="urn:xmpp:reporting:1" reason="urn:xmpp:reporting:spam"><text>t</text></report>`),
  ask("get", `<search xmlns="urn:xmpp:channel-search:0:search"/>`, "localhost"),
  ask("result", ``, "alice@localhost/x"),
  ask("get", `<jingle xmlns="urn:xmpp:jingle:1" action="session-initiate" sid="s"/>`, `${bob}/x`),
]; // prettier-ignore

const managing: readonly string[] = [
  `<enable xmlns="urn:xmpp:sm:3"/>`,
  `<r xmlns="urn:xmpp:sm:3"/>`,
  `<a xmlns="urn:xmpp:sm:3" h="0"/>`,
  `<resume xmlns="urn:xmpp:sm:3" previd="none" h="1"/>`,
  `<inactive xmlns="urn:xmpp:csi:0"/>`,
  `<active xmlns="urn:xmpp:csi:0"/>`,
];

/** For a stream that is bound. */
export const boundCorpus: readonly string[] = [...messages, ...messages, ...presences, ...queries, ...managing];

/** For a stream that is not authenticated. */
export const freshCorpus: readonly string[] = [
  `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="SCRAM-SHA-1">biwsbj1hbGljZSxyPWFiY2RlZg==</auth>`,
  `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="SCRAM-SHA-256"/>`,
  `<response xmlns="urn:ietf:params:xml:ns:xmpp-sasl">Yz1iaXdzLHI9YWJj</response>`,
  `<abort xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>`,
  `<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>`,
  `<compress xmlns="http://jabber.org/protocol/compress"><method>zlib</method></compress>`,
  client("iq", `type="get" id="r"`, `<query xmlns="jabber:iq:register"/>`),
  `<r xmlns="urn:xmpp:sm:3"/>`,
];
