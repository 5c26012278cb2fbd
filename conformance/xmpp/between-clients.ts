// What is between clients, and asks of a server that it passes as it is (RFC 6120 §8.4): calls, files, pictures in texts, forms.
import assert from "node:assert/strict";
import { readXml, type Xml } from "../clients/xml.ts";
import { requirement } from "./requirement.ts";

const extended =
  "… if the server is not the intended recipient it MUST … route or deliver it … — a server that understands no child of an IQ of its users passes it on.";

/** The same element, whatever its prefixes and the order of its attributes. */
function same(one: Xml | undefined, other: Xml): void {
  assert.ok(one !== undefined, "it did not come");
  assert.deepEqual([one.name, one.xmlns], [other.name, other.xmlns]);
  assert.deepEqual({ ...one.attributes, xmlns: undefined }, { ...other.attributes, xmlns: undefined });
  assert.equal(one.text, other.text);
  assert.equal(one.elements.length, other.elements.length);
  one.elements.forEach((child, at) => same(child, other.elements[at]!));
}

/** Sent by Romeo to Juliet's resource, and answered by it. */
const questions: readonly (readonly [clause: string, about: string, type: "get" | "set", payload: string])[] = [
  [
    "XEP-0166 §6.2",
    "session-initiate with RTP and ICE (XEP-0167, XEP-0176, XEP-0320)",
    "set",
    `<jingle xmlns="urn:xmpp:jingle:1" action="session-initiate" initiator="a@b/c" sid="a73sjjvkla37jfea"><content creator="initiator" name="voice"><description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio"><payload-type id="96" name="opus" clockrate="48000" channels="2"/><rtcp-mux/></description><transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" pwd="asd88fgpdd777uzjYhagZg" ufrag="8hhy"><fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="sha-256" setup="actpass">02:1A:CC</fingerprint><candidate component="1" foundation="1" generation="0" id="el0747fg11" ip="10.0.1.1" network="1" port="8998" priority="2130706431" protocol="udp" type="host"/></transport></content></jingle>`,
  ],
  [
    "XEP-0234 §6",
    "a file that is offered",
    "set",
    `<jingle xmlns="urn:xmpp:jingle:1" action="session-initiate" sid="f1"><content creator="initiator" name="a-file"><description xmlns="urn:xmpp:jingle:apps:file-transfer:5"><file><date>2015-07-26T21:46:00+01:00</date><desc>a &lt;test&gt; &amp; more</desc><media-type>text/plain</media-type><name>test.txt</name><range/><size>6144</size><hash xmlns="urn:xmpp:hashes:2" algo="sha-1">w0mcJylzCn+AfvuGdqkty2+KP48=</hash></file></description><transport xmlns="urn:xmpp:jingle:transports:s5b:1" mode="tcp" sid="vj3hs98y"/></content></jingle>`,
  ],
  [
    "XEP-0231 §2.3",
    "data that is asked for",
    "get",
    `<data xmlns="urn:xmpp:bob" cid="sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org"/>`,
  ],
  ["XEP-0092 §3", "a client's version", "get", `<query xmlns="jabber:iq:version"/>`],
  ["XEP-0202 §3", "a client's time", "get", `<time xmlns="urn:xmpp:time"/>`],
  ["XEP-0199 §4.3", "a client's ping", "get", `<ping xmlns="urn:xmpp:ping"/>`],
];

/** What stands in a message beside its body. */
const parts: readonly (readonly [clause: string, about: string, part: string])[] = [
  ["XEP-0201 §3", "a thread", `<thread xmlns="jabber:client" parent="e0ffe42b28561960c6b12b944a092794b9683a38">0e3141cd80894871a68e6fe6b1ec56fa</thread>`],
  ["XEP-0221 §2", "a form with a picture", `<x xmlns="jabber:x:data" type="form"><field var="ocr"><media xmlns="urn:xmpp:media-element" height="80" width="290"><uri type="image/jpeg">cid:sha1+f24030b8d91d233bac14777be5ab531ca3b9f102@bob.xmpp.org</uri></media></field></x>`],
  ["XEP-0231 §2.2", "bits of binary", `<data xmlns="urn:xmpp:bob" cid="sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org" max-age="86400" type="image/png">iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==</data>`],
  ["XEP-0172 §4.2", "a nickname", `<nick xmlns="http://jabber.org/protocol/nick">Ishmæl 🐋</nick>`],
  ["XEP-0380 §3", "how it is encrypted", `<encryption xmlns="urn:xmpp:eme:0" name="OMEMO" namespace="eu.siacs.conversations.axolotl"/>`],
  ["XEP-0447 §3", "a file that is shared", `<file-sharing xmlns="urn:xmpp:sfs:0" disposition="inline"><file xmlns="urn:xmpp:file:metadata:0"><media-type>image/jpeg</media-type><name>summit.jpg</name><size>3032449</size></file><sources><url-data xmlns="http://jabber.org/protocol/url-data" target="https://download.montague.lit/4a771ac1/summit.jpg"/></sources></file-sharing>`],
]; // prettier-ignore

describe("between clients", () => {
  for (const [clause, about, type, payload] of questions) {
    requirement(
      clause,
      extended,
      async (t) => {
        const [romeo, juliet] = await t.couple();
        const expected = readXml(payload);

        const answered = romeo.iq(type, payload, juliet.jid);
        const question = await juliet.take(
          "the question",
          (xml) => xml.is("iq") && xml.attributes["from"] === romeo.jid,
        );
        juliet.send(
          `<iq xmlns="jabber:client" type="result" id="${question.attributes["id"]}" to="${romeo.jid}">${payload}</iq>`,
        );

        assert.deepEqual([question.attributes["type"], question.attributes["to"]], [type, juliet.jid]);
        same(question.elements[0], expected);
        const answer = await answered;
        assert.deepEqual([answer.attributes["type"], answer.attributes["from"]], ["result", juliet.jid]);
        same(answer.elements[0], expected);
      },
      { about },
    );
  }

  for (const [clause, about, part] of parts) {
    requirement(
      clause,
      "Part of a message that the server need not understand: it reaches the recipient as it was sent.",
      async (t) => {
        const [[romeo, juliet], word] = [await t.couple(), t.word()];
        const expected = readXml(part);

        romeo.send(
          `<message xmlns="jabber:client" type="chat" to="${juliet.bare}" id="${word}"><body>${word}</body>${part}</message>`,
        );

        const heard = await juliet.message(word);
        same(heard.child(expected.name, expected.xmlns), expected);
      },
      { about },
    );
  }

  for (const step of ["propose", "ringing", "proceed", "reject", "retract", "finish"]) {
    requirement(
      "XEP-0353 §3",
      "Jingle Message Initiation: its steps are messages of type 'chat', which the server delivers to the other's resources.",
      async (t) => {
        const [[romeo, juliet], id] = [await t.couple(), t.word()];
        const inner = step === "propose" ? `<description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio"/>` : "";
        const part = `<${step} xmlns="urn:xmpp:jingle-message:0" id="${id}">${inner}</${step}>`;

        romeo.send(
          `<message xmlns="jabber:client" type="chat" to="${juliet.bare}">${part}<store xmlns="urn:xmpp:hints"/></message>`,
        );

        const heard = await juliet.take(step, (xml) => xml.is("message") && String(xml).includes(id));
        same(heard.child(step, "urn:xmpp:jingle-message:0"), readXml(part));
      },
      { about: step },
    );
  }
});
