// What the dialect refuses, and with which words and numbers.
import assert from "node:assert/strict";
import WebSocket from "ws";
import type { JsonClient } from "../clients/json.ts";
import { requirement } from "./requirement.ts";

describe("JSON errors", () => {
  requirement("JSON rule 10", "An unknown command answers unknown_command.", async (t) => {
    const client = await t.connect();

    assert.equal(await client.refused({ type: "fly" }), "unknown_command");
    await client.ask({ type: "ping" });
  });

  requirement(
    "JSON rule 10",
    "Unknown fields are ignored.",
    async (t) => {
      const client = await t.connect();

      assert.equal((await client.ask({ type: "ping", colour: "blue", nested: { a: [1] } }))["error"], undefined);
    },
    { about: "fields" },
  );

  requirement(
    "JSON errors",
    "A line that is no JSON is answered with bad_json; the connection lives.",
    async (t) => {
      const client = await t.connect();

      client.send("{oops");

      assert.equal((await client.take("an error", (line) => line["error"] !== undefined))["error"].code, "bad_json");
      await client.ask({ type: "ping" });
    },
    { about: "J01" },
  );

  requirement(
    "JSON errors",
    "A line that is JSON but no object is refused with bad_request.",
    async (t) => {
      const client = await t.connect();

      for (const line of ["[]", '"x"', "1", "null"]) {
        client.send(line);
        assert.equal(
          (await client.take("an error", (reply) => reply["error"] !== undefined))["error"].code,
          "bad_request",
          line,
        );
      }
      await client.ask({ type: "ping" });
    },
    { about: "J01: no object" },
  );

  requirement(
    "JSON close codes",
    "A binary frame closes with 1003.",
    async (t) => {
      const client = await t.connect();

      client.send(Buffer.from('{"id":1,"type":"ping"}'));

      assert.equal(await client.closed(), 1003);
    },
    { about: "J01" },
  );

  requirement(
    "RFC 6455 §8.1",
    "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_ (1007).",
    async (t) => {
      const socket = new WebSocket(t.target.json!.url, "trivium.v1.json", { perMessageDeflate: false });
      await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
      const closed = new Promise<number>((resolve) => socket.once("close", resolve));

      socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false });

      assert.equal(await closed, 1007);
    },
    { about: "J01" },
  );

  requirement(
    "JSON close codes",
    "A frame larger than maxFrame closes with 1009.",
    async (t) => {
      const client = await t.connect();

      client.send(JSON.stringify({ id: 1, type: "send", to: t.user(1), cid: t.word(), body: "x".repeat(200_000) }));

      assert.equal(await client.closed(), 1009);
    },
    { about: "J02" },
  );

  requirement(
    "JSON limits",
    "Nesting deeper than 32, more than 256 keys, and keys that reach a prototype are refused with bad_request.",
    async (t) => {
      const client = await t.connect();
      const wrong = [
        `"deep":${"[".repeat(40)}${"]".repeat(40)}`,
        `"deep":${'{"a":'.repeat(40)}1${"}".repeat(40)}`,
        Array.from({ length: 300 }, (_, n) => `"k${n}":1`).join(","),
        '"__proto__":{"polluted":true}',
        '"constructor":{"prototype":{"polluted":true}}',
      ];
      for (const [index, fields] of wrong.entries()) {
        client.send(`{"id":${1_000 + index},"type":"ping",${fields}}`);
        assert.equal((await reply(client, 1_000 + index))["error"]?.code, "bad_request", fields.slice(0, 40));
      }
      await client.ask({ type: "ping" });
    },
    { about: "J03" },
  );

  requirement(
    "JSON limits",
    "A seq is a whole number from 0 to 2^53-1: anything else is bad_request.",
    async (t) => {
      const client = await t.connect();
      const c = await t.room(client);
      for (const after of ["-1", "1.5", '"1"', "9007199254740993", "1e400"]) {
        client.send(`{"id":${after.length + 2_000},"type":"history","c":"${c}","after":${after}}`);
        const answer = await client.take("an answer", (line) => "re" in line);
        assert.ok(
          ["bad_request", "bad_json"].includes(answer["error"]?.code),
          `after ${after}: ${JSON.stringify(answer)}`,
        );
      }
    },
    { about: "J04" },
  );

  requirement(
    "JSON auth",
    "A command before auth is refused with unauthorized, and the connection closed with 4401.",
    async (t) => {
      const client = await t.greeted();

      assert.equal(await client.refused({ type: "send", to: t.user(1), cid: t.word(), body: "x" }), "unauthorized");
      assert.equal(await client.closed(), 4401);
    },
    { about: "J05" },
  );

  requirement(
    "JSON auth",
    "Who does not authenticate within 10 s is closed with 4408.",
    async (t) => {
      const client = await t.greeted();

      assert.equal(await client.closed(13_000), 4408);
    },
    { about: "J05: silence" },
  );

  requirement("JSON auth", "A wrong password and an unknown name are refused alike, with unauthorized.", async (t) => {
    const replies = [];
    for (const wrong of [
      { user: t.user(0), password: "wrong" },
      { user: "nobody-of-that-name", password: "wrong" },
    ]) {
      const client = await t.greeted();
      replies.push((await client.ask({ type: "auth", device: t.word(), ...wrong }))["error"]);
      await client.closed();
    }

    assert.equal(replies[0].code, "unauthorized");
    assert.deepEqual(replies[0], replies[1]);
  });

  requirement(
    "JSON conversations",
    "A conversation of others, and one that does not exist, answer not_found alike.",
    async (t) => {
      const [alice, bob, eve] = [await t.connect(0), await t.connect(1), await t.connect(2)];
      await alice.ask({ type: "send", to: t.user(1), cid: t.word(), body: t.word() });
      void bob;

      const codes = [
        await eve.refused({ type: "history", c: `dm:${[t.user(0), t.user(1)].toSorted().join(":")}` }),
        await eve.refused({ type: "history", c: `dm:nobody-a:nobody-b` }),
        await eve.refused({ type: "history", c: `room:${t.word()}` }),
      ];

      assert.deepEqual(codes, ["not_found", "not_found", "not_found"]);
    },
    { about: "J07" },
  );

  requirement(
    "JSON close codes",
    "The same device connecting again replaces the first connection, which is closed with a code that means stop.",
    async (t) => {
      const device = t.word();
      const old = await t.connect(0, device);

      const young = await t.connect(0, device);

      const code = await old.closed();
      assert.ok(code >= 4700 && code <= 4999, `closed with ${code}`);
      await young.ask({ type: "ping" });
    },
  );

  requirement(
    "JSON frames",
    "A frame holds one message or several, one a line; replies come in the order of the commands.",
    async (t) => {
      const client = await t.connect();

      client.send([1, 2, 3].map((n) => JSON.stringify({ id: `b${n}`, type: "ping" })).join("\n"));

      const order: unknown[] = [];
      for (let n = 0; n < 3; n++)
        order.push((await client.take("a reply", (line) => String(line["re"]).startsWith("b")))["re"]);
      assert.deepEqual(order, ["b1", "b2", "b3"]);
    },
  );
});

function reply(client: JsonClient, id: number): ReturnType<JsonClient["take"]> {
  return client.take(`the reply to ${id}`, (line) => line["re"] === id);
}
