import assert from "node:assert/strict";
import fc from "fast-check";
import { SmallMap } from "../../../src/model/small-map.ts";

describe("a small map", () => {
  it("answers as a map does, whatever was put in and taken out", () => {
    const act = fc.record({ put: fc.boolean(), key: fc.constantFrom("a", "b", "c"), value: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(act), (acts) => {
        const small = new SmallMap<string, number>();
        const map = new Map<string, number>();
        for (const { put, key, value } of acts) {
          if (put) {
            small.set(key, value);
            map.set(key, value);
          } else assert.equal(small.delete(key), map.delete(key));
          assert.deepEqual(
            [small.size, [...small.keys()], [...small.values()]],
            [map.size, [...map.keys()], [...map.values()]],
          );
          for (const one of ["a", "b", "c"])
            assert.deepEqual([small.has(one), small.get(one)], [map.has(one), map.get(one)]);
        }
      }),
    );
  });
});
