import assert from "node:assert/strict";
import fc from "fast-check";
import { check, type JsonObject, Lines, parse } from "../../../protocols/json/codec.ts";
import { Refusal } from "../../../protocols/json/faults.ts";

describe("the JSON codec", () => {
  it("finds the same messages however their lines are shared out among frames", () => {
    const message = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(message, fc.boolean(), fc.constantFrom("\n", "\r\n", "\n\n \n"))), (sent) => {
        const lines = new Lines();
        let frame = "";
        for (const [object, ends, separator] of sent) {
          frame += (frame === "" ? "" : separator) + JSON.stringify(object);
          if (ends) {
            lines.push(frame);
            frame = "";
          }
        }
        lines.push(frame);

        assert.deepEqual(
          all(lines).map(parse),
          sent.map(([object]) => JSON.parse(JSON.stringify(object)) as JsonObject),
        );
      }),
    );
  });

  it("refuses what is no message with a Refusal, and throws nothing else", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string({ unit: fc.constantFrom(...'{ } [ ] : , " \\ u 0 e 1'.split(" ")) }),
        ),
        (line) => {
          try {
            check(parse(line));
          } catch (error) {
            assert.ok(error instanceof Refusal, String(error));
          }
        },
      ),
    );
  });

  it("never repeats what it refuses, which may be a password", () => {
    assert.throws(
      () => parse(`{"password":"hunter2`),
      (error) => error instanceof Refusal && !error.message.includes("hunter2") && error.cause === undefined,
    );
  });

  it("tells what is no JSON from JSON that is no object", () => {
    assert.equal(refusalOf("{")?.word, "bad_json");
    for (const line of ["1", "null", `"x"`, "[]", "[{}]"]) assert.equal(refusalOf(line)?.word, "bad_request", line);
  });

  it("takes 32 levels and 256 keys, and no more", () => {
    const deep = (levels: number): string => `${`{"a":`.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;
    const wide = (keys: number): string =>
      `{"in":{${Array.from({ length: keys - 1 }, (_, n) => `"k${n}":0`).join(",")}}}`;

    assert.equal(refusalOf(deep(32)), undefined);
    assert.equal(refusalOf(deep(33))?.word, "bad_request");
    assert.equal(refusalOf(wide(256)), undefined);
    assert.equal(refusalOf(wide(257))?.word, "bad_request");
  });

  it("takes 10,000 levels of nesting in stride", () => {
    assert.equal(refusalOf(`{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`)?.word, "bad_request");
  });

  it("refuses keys that would reach a prototype, wherever they stand and however they are spelled", () => {
    for (const key of ["__proto__", "constructor", "prototype", "\\u005f_proto__"]) {
      assert.equal(refusalOf(`{"${key}":{"admin":true}}`)?.word, "bad_request", key);
      assert.equal(refusalOf(`{"a":[{"b":{"${key}":1}}]}`)?.word, "bad_request", key);
    }
    assert.equal(Object.hasOwn(Object.prototype, "admin"), false);
  });
});

function all(lines: Lines): string[] {
  const found: string[] = [];
  for (let line = lines.next(); line !== undefined; line = lines.next()) found.push(line);
  return found;
}

function refusalOf(line: string): Refusal | undefined {
  try {
    check(parse(line));
    return undefined;
  } catch (error) {
    return error as Refusal;
  }
}
