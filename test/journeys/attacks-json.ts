import assert from "node:assert/strict";
import { maskedText, RawWebSocket } from "../support/raw-web-socket.ts";
import { passwordOf } from "../support/server.ts";
import type { Attack } from "./attack.ts";

/** Lines that are refused with this code, while the connection lives on. */
const refusals: readonly (readonly [title: string, line: string, code: string])[] = [
  ["what is no JSON", `{"id":1,"type":"send"`, "bad_json"],
  ["a number", "42", "bad_request"],
  ["a list", `[{"id":1,"type":"ping"}]`, "bad_request"],
  ["null", "null", "bad_request"],
  ["a string", `"canary-body"`, "bad_request"],
  ["a command of no known type", `{"id":1,"type":"conquer"}`, "unknown_command"],
  ["a type that is on every object's prototype", `{"id":1,"type":"constructor"}`, "unknown_command"],
  ["__proto__", `{"id":1,"type":"send","to":"by-json","body":"x","__proto__":{"admin":true}}`, "bad_request"],
  ["constructor, deeper inside", `{"id":1,"type":"send","to":"by-json","body":"x","more":{"constructor":{"prototype":{"a":1}}}}`, "bad_request"],
  ["a send without a body", `{"id":1,"type":"send","to":"by-json","cid":"c"}`, "bad_request"],
  ["a body that is an object", `{"id":1,"type":"send","to":"by-json","cid":"c","body":{"a":1}}`, "bad_request"],
  ["an ack of a negative seq", `{"id":1,"type":"ack","c":"dm:by-json:mallory","s":-1,"mark":"read"}`, "bad_request"],
  ["an ack of half a seq", `{"id":1,"type":"ack","c":"dm:by-json:mallory","s":1.5,"mark":"read"}`, "bad_request"],
  ["an ack of a seq beyond 2^53", `{"id":1,"type":"ack","c":"dm:by-json:mallory","s":9007199254740993,"mark":"read"}`, "bad_request"],
  ["a conversation of others", `{"id":1,"type":"history","c":"dm:by-json:by-xmpp"}`, "not_found|forbidden"],
  ["a message to nobody", `{"id":1,"type":"send","to":"nobody-here","cid":"c","body":"canary-body"}`, "not_found"],
  ["40 levels of nesting", `{"id":1,"type":"ping","a":${"[".repeat(40)}${"]".repeat(40)}}`, "bad_request"],
  ["300 keys", `{"id":1,"type":"ping",${Array.from({ length: 300 }, (_, n) => `"k${n}":0`).join(",")}}`, "bad_request"],
]; // prettier-ignore

export const jsonAttacks: readonly Attack[] = [
  ...refusals.map(([title, line, code]): Attack => ({
    title: `answers ${title} with ${code.replace("|", " or ")}, and goes on`,
    strike: async (server) => {
      const raw = await RawWebSocket.loginJson(server, "mallory");
      raw.text(line);
      assert.match(await raw.has("the refusal", /"error"/), new RegExp(`"code":"(${code})"`));
      raw.text(`{"id":"after","type":"ping"}`);
      await raw.has("the reply to a ping", /"re":"after"/);
      raw.cut();
    },
  })),
  {
    title: "answers a command before auth with unauthorized",
    strike: async (server) => {
      const raw = await RawWebSocket.dialJson(server);
      raw.text(`{"id":1,"type":"send","to":"by-json","cid":"c","body":"canary-body"}`);
      await raw.has("the refusal", /"code":"unauthorized"/);
      assert.equal(await raw.closed(), 4401);
    },
  },
  {
    title: "answers a wrong password with unauthorized",
    strike: async (server) => {
      const raw = await RawWebSocket.dialJson(server);
      raw.text(`{"id":1,"type":"auth","user":"mallory","password":"not ${passwordOf("mallory")}","device":"d"}`);
      await raw.has("the refusal", /"code":"unauthorized"/);
      raw.cut();
    },
  },
  {
    title: "closes with 1003 on a binary frame",
    strike: async (server) => {
      const raw = await RawWebSocket.loginJson(server, "mallory");
      raw.binary(Buffer.from(`{"id":1,"type":"ping"}`));
      assert.equal(await raw.closed(), 1003);
    },
  },
  {
    title: "closes with 1007 on bytes that are no UTF-8 in a text frame",
    strike: async (server) => {
      const raw = await RawWebSocket.loginJson(server, "mallory");
      raw.below(maskedText(Buffer.from([0x22, 0xc3, 0x28, 0x22])));
      assert.equal(await raw.closed(), 1007);
    },
  },
  {
    title: "closes with 1009 on a frame of 10 MB",
    strike: async (server) => {
      const raw = await RawWebSocket.loginJson(server, "mallory");
      raw.text(JSON.stringify({ id: 1, type: "send", to: "by-json", cid: "c", body: "x".repeat(10_000_000) }));
      assert.equal(await raw.closed(), 1009);
    },
  },
];
