import assert from "node:assert/strict";
import fc from "fast-check";
import { isFilter, matches } from "../../../src/model/pattern.ts";
import { Retained } from "../../../src/routing/retained.ts";
import { PatternTrie } from "../../../src/sessions/pattern-trie.ts";
import type { Publication } from "../../../src/model/event.ts";

const level = fc.constantFrom("", "a", "b", "$SYS", "é");
const topic = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join("/"))
  .filter((name) => name !== "");
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, rest]) => [...levels, ...(rest ? ["#"] : [])].join("/"))
  .filter(isFilter);

describe("the pattern trie", () => {
  it("finds exactly the filters that match by the rules of MQTT 5.0 §4.7", () => {
    fc.assert(
      fc.property(fc.uniqueArray(filter, { maxLength: 30 }), topic, (filters, name) => {
        const trie = new PatternTrie<string>();
        for (const each of filters) trie.set(each, "k", each);
        const found: string[] = [];
        trie.match(name, (each) => found.push(each));
        assert.deepEqual(found.sort(), filters.filter((each) => matches(each, name)).sort());
      }),
    );
  });

  it("is as if a deleted filter had never been there", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(filter, { maxLength: 20 }),
        fc.uniqueArray(filter, { maxLength: 20 }),
        topic,
        (keep, drop, name) => {
          const trie = new PatternTrie<string>();
          for (const each of [...keep, ...drop]) trie.set(each, "k", each);
          for (const each of drop) assert.equal(trie.delete(each, "k"), true);
          const found: string[] = [];
          trie.match(name, (each) => found.push(each));
          const left = keep.filter((each) => !drop.includes(each));
          assert.deepEqual(found.sort(), left.filter((each) => matches(each, name)).sort());
          assert.equal(trie.size, left.length);
        },
      ),
    );
  });

  it("keeps the parent level with # [MQTT 5.0 §4.7.1.2]", () => {
    assert.equal(matches("sport/#", "sport"), true);
    assert.equal(matches("#", "$SYS/x"), false);
    assert.equal(matches("$SYS/#", "$SYS/x"), true);
  });
});

describe("retained messages", () => {
  it("are found by exactly the filters that match their topics", () => {
    fc.assert(
      fc.property(fc.uniqueArray(topic, { maxLength: 30 }), filter, (topics, pattern) => {
        const retained = new Retained({ messages: 1000, bytes: 1 << 20 });
        for (const each of topics) retained.set(publication(each, "x"));
        const found = retained.match(pattern, 0).map((each) => each.topic);
        assert.deepEqual(found.sort(), topics.filter((each) => matches(pattern, each)).sort());
        for (const each of topics) retained.set(publication(each, ""));
        assert.equal(retained.size, 0);
      }),
    );
  });
});

function publication(name: string, payload: string): Publication {
  return {
    type: "publication",
    host: "h",
    topic: name,
    payload: Buffer.from(payload),
    qos: 0,
    retain: true,
    author: "a@h" as never,
    device: "d" as never,
    at: 0,
  };
}
