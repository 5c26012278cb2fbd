// A node of an account, and the keys of its devices, published in JSON and in XMPP and read in the other.
import assert from "node:assert/strict";
import { embeddedPlace, type Place } from "../support/place.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";

type Event = Record<string, any>;

describe("nodes, between JSON and XMPP", function () {
  this.timeout(60_000);
  let place: Place;
  let alice: RawWebSocket;
  let bob: RawWebSocket;
  let next = 1;

  before(async () => {
    place = await embeddedPlace();
    await place.here.addUsers(["alice", "bob"]);
    alice = await RawWebSocket.loginJson(place.here, "alice", "desk");
    bob = await RawWebSocket.loginXmpp(place.here, "bob", "phone");
  });
  after(() => place?.[Symbol.asyncDispose]());

  async function ask(command: Event): Promise<Event> {
    const id = `n-${next++}`;
    alice.text(JSON.stringify({ id, ...command }));
    return event((each) => each.re === id);
  }
  async function event(wanted: (event: Event) => boolean): Promise<Event> {
    const events = (frame: string): Event[] => frame.split("\n").map((line) => JSON.parse(line) as Event);
    const frame = await alice.frames.find("an event", (each) => events(each).some(wanted), 10_000);
    return events(frame).find(wanted)!;
  }
  const pubsub = (type: string, id: string, inner: string, to: string): void =>
    bob.text(
      `<iq xmlns="jabber:client" type="${type}" id="${id}" to="${to}"><pubsub xmlns="http://jabber.org/protocol/pubsub">${inner}</pubsub></iq>`,
    );

  it("shows XMPP what JSON publishes, as XEP-0335 has it", async () => {
    assert.deepEqual(
      await ask({ type: "item", node: "mood", item: "now", payload: { mood: "<calm>" }, access: "open" }),
      {
        re: "n-1",
        item: "now",
      },
    );

    pubsub("get", "q1", `<items node="mood"/>`, "alice@localhost");

    await bob.has("the item", /<item id="now"[^>]*><json xmlns="urn:xmpp:json:0">\{"mood":"&lt;calm&gt;"\}<\/json>/);
    assert.deepEqual((await ask({ type: "nodes" })).nodes[0], { node: "mood", title: "", access: "open", publish: "publishers", keep: 1 }); // prettier-ignore
  });

  it("tells JSON what XMPP publishes at the server's nodes, JSON or not", async () => {
    await ask({ type: "node", of: "@pubsub", node: "news", publish: "open", keep: 5 });
    assert.equal((await ask({ type: "watch", of: "@pubsub", node: "news" })).state, "subscribed");

    pubsub("set", "p1", `<publish node="news"><item id="1"><json xmlns="urn:xmpp:json:0">[1]</json></item></publish>`, "pubsub.localhost"); // prettier-ignore
    pubsub("set", "p2", `<publish node="news"><item id="2"><x xmlns="urn:x"/></item></publish>`, "pubsub.localhost");

    const heard = await event((each) => each.type === "node" && each.items[0].item === "2");
    assert.deepEqual([heard.of, heard.node], ["@pubsub", "news"]);
    assert.match(heard.items[0].xml, /^<x xmlns=.urn:x.\/>$/);
    const { items, count } = await ask({ type: "items", of: "@pubsub", node: "news", limit: 2 });
    assert.deepEqual([items[0].payload, items[0].from, count], [[1], "bob", 2]);
    assert.deepEqual(await ask({ type: "item", of: "@pubsub", node: "news", item: "2", remove: true }), { re: `n-${next - 1}`, item: "2" }); // prettier-ignore
  });

  it("keeps public keys of devices for everybody to read", async () => {
    await ask({ type: "keys", put: { ed25519: "abc" } });

    const { devices } = await ask({ type: "keys", user: "alice" });
    assert.deepEqual([devices[0].device, devices[0].keys], ["desk", { ed25519: "abc" }]);
    assert.deepEqual((await ask({ type: "keys", user: "bob" })).devices, []);
    pubsub("get", "q2", `<items node="urn:trivium:keys:0"/>`, "alice@localhost");
    await bob.has("the keys", /<item id="desk"[^>]*><json[^>]*>\{"ed25519":"abc"\}/);
    assert.deepEqual((await ask({ type: "keys", remove: "desk" })).devices, []);
  });
});
