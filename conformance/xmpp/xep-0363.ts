// XEP-0363: HTTP File Upload.
import assert from "node:assert/strict";
import { http } from "../clients/http.ts";
import { NotOffered } from "../requirement.ts";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { featuresOf } from "./offered.ts";
import { requirement } from "./requirement.ts";

const upload = "urn:xmpp:http:upload:0";

/** The service, the server itself or one of its items. */
async function serviceOf(t: XmppKit, client: XmppClient): Promise<string> {
  const items = (await client.iq("get", `<query xmlns="${ns.discoItems}"/>`, t.domain)).child("query")!.elements;
  for (const jid of [t.domain, ...items.map((item) => item.attributes["jid"]!)])
    if ((await featuresOf(client, jid)).includes(upload)) return jid;
  throw new NotOffered(`not offered: ${upload}`);
}

function request(client: XmppClient, to: string, name: string, size: number, type?: string): Promise<Xml> {
  const typed = type === undefined ? "" : ` content-type="${type}"`;
  return asked(client, to, `filename="${name}" size="${size}"${typed}`);
}

function asked(client: XmppClient, to: string, attributes: string): Promise<Xml> {
  return client.iq("get", `<request xmlns="${upload}" ${attributes}/>`, to);
}

interface Slot {
  readonly put: string;
  readonly get: string;
  readonly headers: Record<string, string>;
}

function slotIn(answer: Xml): Slot {
  const slot = answer.child("slot", upload)!;
  const headers = slot.child("put")!.elements.map((each) => [each.attributes["name"]!, each.text] as const);
  return {
    put: slot.child("put")!.attributes["url"]!,
    get: slot.child("get")!.attributes["url"]!,
    headers: Object.fromEntries(headers),
  };
}

async function stored(t: XmppKit, name: string, type: string, content: string): Promise<Slot> {
  const romeo = await t.bound(0);
  const slot = slotIn(await request(romeo, await serviceOf(t, romeo), name, Buffer.byteLength(content), type));
  const answer = await http("PUT", slot.put, content, { ...slot.headers, "content-type": type });
  assert.equal(answer.status, 201);
  return slot;
}

describe("XEP-0363 HTTP File Upload", () => {
  requirement(
    "XEP-0363 §4",
    "The upload service responds with both a PUT and a GET URL wrapped by a <slot> element; after the file was put the service answers 201, and the GET URL gives it.",
    async (t) => {
      const word = t.word();

      const slot = await stored(t, "très cool.txt", "text/plain", word);

      const got = await http("GET", slot.get);
      assert.deepEqual([got.status, got.body], [200, word]);
      assert.match(got.headers["content-type"] ?? "", /^text\/plain/);
      const head = await http("HEAD", slot.get);
      assert.equal(head.headers["content-length"], `${word.length}`);
    },
  );

  requirement(
    "XEP-0363 §4",
    "Both HTTPS URLs MUST adhere to RFC 3986. Non ASCII characters MUST be percent-encoded. … Only the following header names are allowed: Authorization, Cookie, Expires; other headers MUST NOT be requested, and a value has no line break.",
    async (t) => {
      const romeo = await t.bound(0);
      const service = await serviceOf(t, romeo);

      for (const name of ["très cool.txt", "50% &amp; more? #1.txt", "日本語.png"]) {
        const { put, get, headers } = slotIn(await request(romeo, service, name, 10));
        for (const url of [put, get]) {
          assert.match(url, /^https?:\/\/(?:[\w.~!$&'()*+,;=:@/?[\]-]|%[\dA-Fa-f]{2})+$/);
          assert.equal(new URL(url).href, url);
        }
        for (const [header, value] of Object.entries(headers)) {
          assert.match(header, /^(?:authorization|cookie|expires)$/i);
          assert.doesNotMatch(value, /[\r\n]/);
        }
      }
    },
    { about: "the URLs and headers" },
  );

  requirement(
    "XEP-0363 §5",
    "If the file size is too large, the entity MUST return a <not-acceptable/> error that contains <file-too-large/> with <max-file-size/>.",
    async (t) => {
      const romeo = await t.bound(0);

      const answer = await request(romeo, await serviceOf(t, romeo), "huge.iso", 10 ** 14);

      assert.equal(conditionOf(answer), "not-acceptable");
      assert.match(answer.deep("file-too-large", upload)?.childText("max-file-size") ?? "", /^\d+$/);
    },
  );

  requirement(
    "XEP-0363 §3",
    "A service MAY include its maximum file size in its disco#info, in a form with the field 'max-file-size'.",
    async (t) => {
      const romeo = await t.bound(0);
      const service = await serviceOf(t, romeo);

      const info = await romeo.iq("get", `<query xmlns="${ns.discoInfo}"/>`, service);

      const forms = info.child("query")!.elements.filter((each) => each.is("x"));
      const field = forms.flatMap((each) => each.elements).find((each) => each.attributes["var"] === "max-file-size");
      if (field === undefined) throw new NotOffered("the maximum is not said");
      assert.match(field.text, /^\d+$/);
    },
  );

  requirement(
    "XEP-0363 §4",
    "This element MUST include the attributes filename and size containing the file name and size respectively; one that does not is answered with an error (RFC 6120 §8.2.3).",
    async (t) => {
      const romeo = await t.bound(0);
      const service = await serviceOf(t, romeo);

      for (const attributes of [`size="5"`, `filename="a.txt"`, `filename="a.txt" size="many"`])
        assert.equal((await asked(romeo, service, attributes)).attributes["type"], "error", attributes);
    },
    { about: "malformed" },
  );

  requirement(
    "XEP-0363 §4",
    "The service SHOULD only allow the file of the requested size: a file of another size, and a second file, are refused.",
    async (t) => {
      const romeo = await t.bound(0);
      const slot = slotIn(await request(romeo, await serviceOf(t, romeo), "a.bin", 5));
      const put = async (body: string): Promise<number> => (await http("PUT", slot.put, body, slot.headers)).status;

      assert.ok((await put("too long by far")) >= 400);
      assert.equal(await put("right"), 201);
      assert.ok((await put("wrong")) >= 400);
      assert.equal((await http("GET", slot.get)).body, "right");
    },
    { about: "once, of that size" },
  );

  requirement(
    "XEP-0363 §11",
    "Uploaded content must not run in the browser: it is served with a Content-Security-Policy, or for saving only.",
    async (t) => {
      const slot = await stored(t, "evil.html", "text/html", "<script>alert(1)</script>");

      const { headers } = await http("GET", slot.get);

      const policy = String(headers["content-security-policy"] ?? "");
      const saved = (headers["content-disposition"] ?? "").startsWith("attachment");
      assert.ok(policy.includes("default-src 'none'") || saved, `${policy}; ${headers["content-disposition"]}`);
    },
  );

  requirement(
    "XEP-0363 §11",
    "Service implementors SHOULD use long randomized parts in their URLs making it impossible to guess the location of arbitrary files: where a slot is proves nothing of another.",
    async (t) => {
      const romeo = await t.bound(0);
      const slot = slotIn(await request(romeo, await serviceOf(t, romeo), "b.bin", 5));
      const other = slot.put.replace(/.{6}(?=\/b\.bin)/, "abcdef");
      assert.notEqual(other, slot.put);

      const answer = await http("PUT", other, "12345", slot.headers);

      assert.ok(answer.status >= 400);
    },
    { about: "forged" },
  );
});
