import assert from "node:assert/strict";
import fc from "fast-check";
import { holds, queryOf, wordsOf } from "../../../src/model/words.ts";

describe("the words of a text", () => {
  it("are runs of letters and digits, without case, accents and twins", () => {
    assert.deepEqual(wordsOf("Pump-7 läuft, pump_7 LÄUFT (Étage 2)!"), ["pump", "7", "lauft", "etage", "2"]);
    assert.deepEqual(wordsOf("ﬁne ①② Ǆ İ"), ["fine", "12", "dz", "i"]);
    assert.deepEqual(wordsOf(" .,;"), []);
  });

  it("are single characters where a script has no spaces", () => {
    assert.deepEqual(wordsOf("東京タワー333m"), ["東", "京", "タ", "ワ", "ー", "333m"]);
  });

  it("are as short, and as few, as an index takes", () => {
    assert.deepEqual(wordsOf("x".repeat(100)), ["x".repeat(64)]);
    assert.equal(wordsOf(`${"a".repeat(63)}𐐨`)[0], "a".repeat(63));
    assert.equal(wordsOf(Array.from({ length: 3000 }, (_, n) => `w${n}`).join(" ")).length, 2000);
  });

  it("keep the star of a question only behind a word", () => {
    assert.deepEqual(queryOf("pum* * hall-se* Öl*"), ["pum*", "hall", "se*", "ol*"]);
  });

  it("hold what was taken from them, whole or by its beginning", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.nat(), (text, at) => {
        const words = wordsOf(text);
        assert.ok(holds(text, words) && holds(text, queryOf(text.replaceAll("*", " "))));
        const one = words[at % Math.max(1, words.length)];
        if (one !== undefined) assert.ok(holds(text, [`${one.slice(0, 2)}*`]));
        assert.equal(holds(text, ["nowhere0"]), words.includes("nowhere0"));
        for (const word of words) assert.match(word, /^[\p{L}\p{N}]{1,64}$/u);
      }),
    );
  });
});
