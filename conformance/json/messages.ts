// Messages, receipts and history in the JSON dialect.
import assert from "node:assert/strict";
import { requirement } from "./requirement.ts";

describe("JSON messages", () => {
  requirement(
    "JSON hello",
    "The server speaks first: version, heartbeat, the largest frame, how many commands may be unanswered, and its features.",
    async (t) => {
      const { openJson } = await import("../clients/json.ts");
      const client = await openJson(t.target.json!.url);

      const hello = await client.event("hello");

      assert.equal(hello["version"], 1);
      for (const field of ["heartbeat", "maxFrame", "inflight"])
        assert.ok(Number.isInteger(hello[field]) && hello[field] > 0, field);
      assert.ok(Array.isArray(hello["features"]));
      await client.drop();
    },
  );

  requirement("JSON auth", "auth answers with the user, the session, and whether it resumed.", async (t) => {
    const client = await t.greeted();

    const reply = await client.ask({ type: "auth", user: t.user(0), password: t.login(0).password, device: t.word() });

    assert.equal(reply["user"], t.user(0));
    assert.ok(reply["session"].length > 0);
    assert.equal(reply["resumed"], false);
  });

  requirement(
    "JSON send",
    "send answers {mid, s, at, duplicate} after the commit; a direct message reaches the other with the same mid and s.",
    async (t) => {
      const [alice, bob, body] = [await t.connect(0), await t.connect(1), t.word()];

      const reply = await alice.ask({ type: "send", to: t.user(1), cid: t.word(), body });

      const got = await bob.message(body);
      assert.deepEqual(
        [got["mid"], got["s"], got["from"], got["at"]],
        [reply["mid"], reply["s"], t.user(0), reply["at"]],
      );
      assert.equal(reply["duplicate"], false);
      assert.ok(!Number.isNaN(Date.parse(got["at"])));
    },
  );

  requirement(
    "JSON rule 1",
    "Every durable change is one entry of the conversation's log with a dense s.",
    async (t) => {
      const [alice, bob] = [await t.connect(0), await t.connect(1)];
      const c = await t.room(alice, bob);

      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 === 0 ? alice : bob).ask({ type: "send", c, cid: t.word(), body: `${n}` }),
        ),
      );

      const seqs = replies.map((reply) => reply["s"] as number).sort((a, b) => a - b);
      assert.deepEqual(
        seqs,
        seqs.map((_, index) => seqs[0]! + index),
      );
      const history = await alice.ask({ type: "history", c, after: seqs[0]! - 1, limit: 50 });
      assert.deepEqual(
        history["messages"].map((entry: { s: number }) => entry.s),
        seqs,
      );
    },
  );

  requirement(
    "JSON rule 6",
    "A client's time-out is not a failure: it resends the same cid and gets the first answer, marked duplicate; nobody sees it twice.",
    async (t) => {
      const [alice, bob, body, cid] = [await t.connect(0), await t.connect(1), t.word(), t.word()];

      const first = await alice.ask({ type: "send", to: t.user(1), cid, body });
      const again = await alice.ask({ type: "send", to: t.user(1), cid, body });
      const other = await t.connect(0);
      const elsewhere = await other.ask({ type: "send", to: t.user(1), cid, body });
      const marker = t.word();
      await alice.ask({ type: "send", to: t.user(1), cid: t.word(), body: marker });

      for (const retry of [again, elsewhere]) {
        assert.deepEqual([retry["mid"], retry["s"], retry["duplicate"]], [first["mid"], first["s"], true]);
      }
      await bob.message(marker);
      assert.equal(bob.waiting.filter((line) => line["body"] === body).length, 1);
    },
    { about: "J06" },
  );

  requirement(
    "JSON rule 6",
    "The same cid with another body is a conflict, not a duplicate.",
    async (t) => {
      const [alice, cid] = [await t.connect(0), t.word()];
      await alice.ask({ type: "send", to: t.user(1), cid, body: "one" });

      assert.equal(await alice.refused({ type: "send", to: t.user(1), cid, body: "two" }), "conflict");
    },
    { about: "J06: conflict" },
  );

  requirement(
    "JSON ack",
    "ack has no reply; a delivered mark reaches the sender as a receipt, and so does a read mark, cumulative.",
    async (t) => {
      const [alice, bob, body] = [await t.connect(0), await t.connect(1), t.word()];
      await alice.ask({ type: "send", to: t.user(1), cid: t.word(), body: t.word() });
      const { s, c } = await alice
        .ask({ type: "send", to: t.user(1), cid: t.word(), body })
        .then(async (reply) => ({ s: reply["s"] as number, c: (await bob.message(body))["c"] as string }));

      bob.tell({ type: "ack", c, s, mark: "delivered" });
      const delivered = await alice.event("receipt", (line) => line["s"] === s && line["mark"] === "delivered");
      bob.tell({ type: "ack", c, s, mark: "read" });
      const read = await alice.event("receipt", (line) => line["s"] === s && line["mark"] === "read");

      assert.deepEqual([delivered["user"], read["user"], read["c"]], [t.user(1), t.user(1), c]);
    },
  );

  requirement(
    "JSON receipts",
    "Receipts are monotonic: an older or repeated mark says nothing new and is not told again.",
    async (t) => {
      const [alice, bob, body] = [await t.connect(0), await t.connect(1), t.word()];
      const { s } = await alice.ask({ type: "send", to: t.user(1), cid: t.word(), body });
      const { c } = await bob.message(body);
      bob.tell({ type: "ack", c, s, mark: "read" });
      await alice.event("receipt", (line) => line["s"] === s && line["mark"] === "read");

      bob.tell({ type: "ack", c, s, mark: "read" });
      bob.tell({ type: "ack", c, s: 1, mark: "delivered" });
      await bob.ask({ type: "ping" });
      const marker = t.word();
      await bob.ask({ type: "send", to: t.user(0), cid: t.word(), body: marker });
      await alice.message(marker);

      assert.deepEqual(
        alice.waiting.filter(
          (line) => line["type"] === "receipt" && line["c"] === c && (line["s"] < s || line["mark"] === "read"),
        ),
        [],
      );
    },
  );

  requirement(
    "JSON rule 4",
    "Without resume the server starts from what this device has marked delivered, so that a 20-line client that only acks misses nothing.",
    async (t) => {
      const [alice, device] = [await t.connect(0), t.word()];
      const first = await t.connect(2, device);
      const [seen, missed] = [t.word(), [t.word(), t.word()]];
      await alice.ask({ type: "send", to: t.user(2), cid: t.word(), body: seen });
      const got = await first.message(seen);
      first.tell({ type: "ack", c: got["c"], s: got["s"], mark: "delivered" });
      await first.ask({ type: "ping" });
      await first.drop();
      for (const body of missed) await alice.ask({ type: "send", to: t.user(2), cid: t.word(), body });

      const second = await t.connect(2, device);

      for (const body of missed) await second.message(body);
      assert.ok(
        second.waiting.every((line) => line["body"] !== seen),
        "what was acknowledged came again",
      );
    },
  );

  requirement("JSON typing", "Signals carry no s, reach those who are there, and not the sender.", async (t) => {
    const [alice, bob] = [await t.connect(0), await t.connect(1)];
    const c = await t.room(alice, bob);

    await alice.ask({ type: "typing", c, state: "composing" });

    const signal = await bob.event("typing", (line) => line["c"] === c);
    assert.deepEqual(
      [signal["from"] ?? signal["user"], signal["state"], signal["s"]],
      [t.user(0), "composing", undefined],
    );
    await alice.ask({ type: "ping" });
    assert.ok(alice.waiting.every((line) => line["type"] !== "typing"));
  });

  requirement(
    "JSON history",
    "history gives entries ascending after a seq, or the last ones before one, and says whether there are more.",
    async (t) => {
      const alice = await t.connect(0);
      const c = await t.room(alice);
      const sent: number[] = [];
      for (let n = 0; n < 5; n++) sent.push((await alice.ask({ type: "send", c, cid: t.word(), body: `${n}` }))["s"]);

      const after = await alice.ask({ type: "history", c, after: sent[0], limit: 2 });
      const before = await alice.ask({ type: "history", c, before: sent[4], limit: 2 });

      assert.deepEqual(
        after["messages"].map((entry: { s: number }) => entry.s),
        sent.slice(1, 3),
      );
      assert.deepEqual(
        before["messages"].map((entry: { s: number }) => entry.s),
        sent.slice(2, 4),
      );
      assert.deepEqual([after["more"], after["head"]], [true, sent[4]]);
    },
  );

  requirement(
    "JSON subscribe",
    "publish and subscribe work on plain topics with MQTT filters; a retained message comes with the subscription.",
    async (t) => {
      const [alice, bob, word] = [await t.connect(0), await t.connect(1), t.word()];
      await alice.ask({ type: "publish", c: `topic:${word}/7/temp`, payload: "21.5", retain: true });

      const reply = await bob.ask({ type: "subscribe", c: `topic:${word}/+/temp` });

      assert.equal(reply["error"], undefined);
      const topicOf = (line: Record<string, unknown>): boolean => line["c"] === `topic:${word}/7/temp`;
      const kept = await bob.take("the retained message", topicOf);
      assert.equal(kept["payload"] ?? kept["body"], "21.5");
      await alice.ask({ type: "publish", c: `topic:${word}/7/temp`, payload: "22" });
      assert.equal(await bob.take("a live message", topicOf).then((line) => line["payload"] ?? line["body"]), "22");
      await alice.ask({ type: "publish", c: `topic:${word}/7/temp`, payload: "", retain: true });
    },
  );
});
