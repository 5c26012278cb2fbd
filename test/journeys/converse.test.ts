import assert from "node:assert/strict";
import { get } from "node:https";
import { buffer } from "node:stream/consumers";
import type { Browser } from "playwright-core";
import { startTcpProxy, type TcpProxy } from "../../src/testing/tcp-proxy.ts";
import { chromiumPath, openBrowser } from "../support/browser.ts";
import { Authority } from "../support/certificates.ts";
import { type ConverseSite, startConverseSite } from "../support/clients/converse-site.ts";
import { Converse } from "../support/clients/converse.ts";
import { JsonApp } from "../support/clients/json-app.ts";
import { MqttJsApp } from "../support/clients/mqtt-js-app.ts";
import { makeContacts } from "../support/contacts.ts";
import { makeRooms, roomOwner } from "../support/rooms.ts";
import { Server } from "../support/server.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR4nGP4z8CAjHDzGQBxugvxyC3GvAAAAABJRU5ErkJggg==",
  "base64",
);

describe("Converse.js in a browser", function () {
  this.timeout(120_000);
  let server: Server;
  let proxy: TcpProxy;
  let authority: Authority;
  let site: ConverseSite;
  let siteThatKnowsNothing: ConverseSite;
  let browser: Browser;
  let alice: Converse;
  let bob: Converse;
  let device: MqttJsApp;
  let carol: JsonApp;

  before(async function () {
    if (chromiumPath === undefined) {
      console.log("      skipped: Chromium is not installed (Debian: chromium)");
      return this.skip();
    }
    authority = await Authority.found();
    const pair = await authority.sign();
    server = await Server.prepare({ settings: { TRIVIUM_TLS_CERT: pair.cert, TRIVIUM_TLS_KEY: pair.key } });
    await server.addUsers(["alice", "bob", "carol", "thermo", roomOwner]);
    await server.start();
    const [opened] = await Promise.all([
      openBrowser(server.ports["https"]),
      makeRooms(server, ["lobby"]),
      makeContacts(server, "alice", "bob"),
    ]);
    browser = opened;
    proxy = await startTcpProxy(server.http);
    site = await startConverseSite({
      websocket_url: `ws://localhost:${proxy.port}/xmpp-websocket`,
      discover_connection_methods: false,
    });
    siteThatKnowsNothing = await startConverseSite({});
    [alice, bob] = await Promise.all([
      Converse.open(browser, site.url, "alice"),
      Converse.open(browser, site.url, "bob"),
    ]);
    device = new MqttJsApp({ server, user: "thermo", device: "sensor", version: 5 });
    carol = new JsonApp({ server, user: "carol", device: "script" });
  });
  after(async () => {
    await device?.disconnect().catch(() => undefined);
    await carol?.disconnect().catch(() => undefined);
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
    await siteThatKnowsNothing?.[Symbol.asyncDispose]();
    await proxy?.[Symbol.asyncDispose]();
    await server?.remove();
    await authority?.[Symbol.asyncDispose]();
  });

  it("logs in by its form, and two contacts see and write to each other", async () => {
    await Promise.all([alice.logIn(), bob.logIn()]);
    await Promise.all([alice.seesOnline("bob"), bob.seesOnline("alice")]);
    await alice.openChat("bob");
    await alice.say("hello bob: ü <&> 😀");
    await bob.openChat("alice");
    await bob.sees("hello bob: ü <&> 😀");
    await bob.say("hello alice");

    await alice.sees("hello alice");
    await alice.seesReceiptOf("hello bob");
  });

  it("encrypts end to end (OMEMO)", async () => {
    await alice.lock("bob");
    await alice.say("for bob alone");

    await bob.seesLockOf("for bob alone");
  });

  it("meets a device and a script in a room", async () => {
    await Promise.all([alice.enterRoom("lobby"), bob.enterRoom("lobby"), device.connect(), carol.connect()]);
    await Promise.all([device.join("lobby"), carol.join("lobby")]);
    await alice.say("who is here?");
    await device.send({ room: "lobby" }, "21.5", "reading-1");
    await carol.send({ room: "lobby" }, "a script is", "script-1");

    await Promise.all([alice, bob].flatMap((one) => [one.sees("21.5"), one.sees("a script is")]));
    await bob.sees("who is here?");
    assert.equal(await alice.authorOf("21.5"), "thermo");
    assert.equal(await alice.authorOf("a script is"), "carol");
    const heard = { device: device.heard, carol: carol.heard };
    for (const [name, journal] of Object.entries(heard)) {
      const { from, room } = await journal.find(`alice's line, ${name}`, ({ body }) => body === "who is here?");
      assert.deepEqual([from, room], ["alice", "lobby"]);
    }
  });

  it("shares a picture (XEP-0363), which everybody sees", async () => {
    await alice.attach("map.png", "image/png", png);

    assert.deepEqual(await bob.pictureSize("map.png"), [4, 4]);
    const { body } = await carol.heard.find("the picture's address", (one) => one.body.includes("/map.png"));
    assert.deepEqual(await download(body, await authority.ca), png);
  });

  it("shows the history after a reload (XEP-0313)", async () => {
    await bob.reload();
    await bob.enterRoom("lobby");
    await bob.sees("who is here?");
    await bob.openChat("alice");
    await bob.sees("hello alice");
  });

  it("finds the server by its domain, and the history, in a browser that knows nothing (XEP-0156)", async () => {
    const elsewhere = await Converse.open(browser, siteThatKnowsNothing.url, "bob");
    await elsewhere.logIn();
    await elsewhere.openChat("alice");
    await elsewhere.sees("hello bob: ü <&> 😀");
    await elsewhere.enterRoom("lobby");

    await elsewhere.sees("who is here?");
    assert.equal(await elsewhere.count("21.5"), 1);
    assert.deepEqual(elsewhere.complaints, []);
    await elsewhere.close();
  });

  it("has nothing to complain about", () => {
    const { complaints } = alice;

    assert.deepEqual({ alice: complaints, bob: bob.complaints }, { alice: [], bob: [] });
  });

  it("has what it missed when its socket was cut, once", async () => {
    await bob.enterRoom("lobby");
    proxy.cut();
    await carol.send({ room: "lobby" }, "said in the meantime", "script-2");
    await carol.send({ user: "alice" }, "to alice in the meantime", "script-3");
    proxy.restore();

    await alice.sees("said in the meantime");
    await bob.sees("said in the meantime");
    await alice.say("back again");
    await bob.sees("back again");
    await alice.openChat("carol");
    await alice.sees("to alice in the meantime");
    assert.equal(await alice.count("to alice in the meantime"), 1);
    assert.equal(await bob.count("said in the meantime"), 1);
  });
});

async function download(url: string, ca: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(url, { ca }, (response) => resolve(buffer(response))).once("error", reject);
  });
}
