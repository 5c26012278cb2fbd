// `npm run screenshots`: the pictures of docs/guides/xmpp-clients.md, made anew by the clients and the server themselves.
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { startConverseSite } from "../support/clients/converse-site.ts";
import { Converse } from "../support/clients/converse.ts";
import { JsonApp } from "../support/clients/json-app.ts";
import { MqttJsApp } from "../support/clients/mqtt-js-app.ts";
import { makeContacts } from "../support/contacts.ts";
import { makeRooms, roomOwner } from "../support/rooms.ts";
import { Server } from "../support/server.ts";

const folder = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const size = { width: 960, height: 560 };

const server = await Server.prepare();
await server.addUsers(["alice", "bob", "script", "thermometer", roomOwner]);
await server.start();
await makeRooms(server, ["greenhouse"]);
await makeContacts(server, "alice", "bob");
const site = await startConverseSite({
  websocket_url: server.webSocket("/xmpp-websocket"),
  discover_connection_methods: false,
});
const browser = await openBrowser();
try {
  mkdirSync(folder, { recursive: true });
  await takeAll(browser);
} finally {
  await browser.close();
  await site[Symbol.asyncDispose]();
  await server.remove();
}

async function takeAll(browser: Browser): Promise<void> {
  const [alice, bob] = await Promise.all([open("alice"), open("bob")]);
  const thermometer = new MqttJsApp({ server, user: "thermometer", device: "esp32", version: 5 });
  const script = new JsonApp({ server, user: "script", device: "cron" });
  await Promise.all([alice.enterRoom("greenhouse"), bob.enterRoom("greenhouse")]);
  await Promise.all([thermometer.connect(), script.connect()]);
  await Promise.all([thermometer.join("greenhouse"), script.join("greenhouse")]);

  await alice.say("Who is here today?");
  await bob.sees("Who is here");
  await bob.say("Me, with Converse.js in the other browser.");
  await alice.sees("with Converse.js");
  await thermometer.send({ room: "greenhouse" }, "21.5", "reading-1");
  await alice.sees("21.5");
  await script.send({ room: "greenhouse" }, "I heard that as JSON: 21.5 degrees, all is well.", "comment-1");
  await alice.sees("all is well");
  await bob.attach("week.png", "image/png", await chart(browser));
  await alice.pictureSize("week.png");
  await take(alice, "converse-room.png");

  await Promise.all([alice.openChat("bob"), bob.openChat("alice")]);
  await alice.say("The key is under the third pot. That was not encrypted, was it?");
  await bob.sees("third pot");
  await bob.lock("alice");
  await bob.say("No. This is.");
  await alice.seesLockOf("This is.");
  await alice.lock("bob");
  await alice.say("Then I have moved it under the fourth.");
  await bob.seesLockOf("under the fourth");
  await alice.seesReceiptOf("under the fourth");
  await take(alice, "converse-encrypted.png");
  await Promise.all([thermometer.disconnect(), script.disconnect()]);
}

async function open(user: string): Promise<Converse> {
  const converse = await Converse.open(browser, site.url, user, size);
  await converse.logIn();
  return converse;
}

async function take(converse: Converse, name: string): Promise<void> {
  await converse.screenshot(`${folder}${name}`);
  console.log(`docs/images/${name}: ${Math.ceil(statSync(`${folder}${name}`).size / 1024)} KB`);
}

/** A picture to share. */
async function chart(browser: Browser): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 360, height: 120 } });
  const line = Array.from({ length: 57 }, (_, i) => `${i * 6 + 12},${60 - 25 * Math.sin(i / 2.2) - i / 4}`).join(" ");
  await page.setContent(
    `<body style="margin:0"><svg width="360" height="120"><rect width="360" height="120" fill="#fff"/>` +
      `<polyline points="${line}" fill="none" stroke="#1e9652" stroke-width="3"/></svg></body>`,
  );
  const picture = await page.screenshot();
  await page.close();
  return picture;
}
