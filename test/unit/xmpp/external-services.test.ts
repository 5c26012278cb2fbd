import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { scene } from "./scene.ts";

const turn = {
  type: "turn",
  host: "turn.example.org",
  port: 3478,
  transport: "udp",
  secret: "s3",
  ttlMs: 60_000,
} as const;
const stun = { ...turn, type: "stun", host: "stun.example.org", secret: "" } as const;

describe("external services (XEP-0215) and contact addresses (XEP-0157)", () => {
  const at = scene({
    externalServices: [turn, stun],
    contactAddresses: { abuse: ["mailto:abuse@example.org"], support: [] },
  });

  it("come with credentials that the TURN server can check by itself, for a while", async () => {
    const answer = await at.romeo.ask("get", `<services xmlns="urn:xmpp:extdisco:2"/>`, "localhost");

    const services = answer.getChild("services", "urn:xmpp:extdisco:2")!.getChildren("service");
    const { username, password, expires } = services[0]!.attrs;
    const [until, who] = username!.split(":");
    assert.equal(who, at.romeo.bare);
    assert.ok(Math.abs(Number(until) * 1000 - Date.now() - 60_000) < 10_000);
    assert.ok(Math.abs(Date.parse(expires!) - Number(until) * 1000) < 1000);
    assert.equal(password, createHmac("sha1", "s3").update(username!).digest("base64"));
    assert.deepEqual(
      services.map(({ attrs }) => [attrs["type"], attrs["host"], attrs["port"], attrs["username"] === undefined]),
      [
        ["turn", "turn.example.org", "3478", false],
        ["stun", "stun.example.org", "3478", true],
      ],
    );
  });

  it("are asked for by type, and one by one", async () => {
    const some = await at.romeo.ask("get", `<services xmlns="urn:xmpp:extdisco:2" type="stun"/>`, "localhost");
    const one = `<credentials xmlns="urn:xmpp:extdisco:2"><service host="turn.example.org" type="turn"/></credentials>`;

    assert.equal(some.getChild("services")!.getChildren("service").length, 1);
    assert.match(String(await at.romeo.ask("get", one, "localhost")), /password=/);
    assert.match(
      String(await at.romeo.ask("get", one.replace("turn.example", "other"), "localhost")),
      /item-not-found/,
    );
  });

  it("are in the server's disco#info, those that are set", async () => {
    const info = await at.romeo.ask("get", `<query xmlns="http://jabber.org/protocol/disco#info"/>`, "localhost");

    assert.match(String(info), /var="abuse-addresses"[^>]*><value>mailto:abuse@example.org<\/value>/);
    assert.doesNotMatch(String(info), /support-addresses/);
  });
});
