import assert from "node:assert/strict";
import type { UserId } from "../../../src/model/ids.ts";
import { accountDataOver } from "../../../src/people/account-data.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";

const owner = "alice@localhost" as UserId;

describe("what is kept with an account", () => {
  it("is read whole where it grows, and not for every login's time", async () => {
    const store = createMemoryStore();
    let whole = 0;
    const data = accountDataOver({
      datum: (...asked) => store.datum(...asked),
      putDatum: (...asked) => store.putDatum(...asked),
      data: (...asked) => {
        whole++;
        return store.data(...asked);
      },
    });

    for (const time of ["1700000000000", "1700000000001", "1700000000002"]) await data.put(owner, "xmpp/login", time);
    assert.equal(whole, 1);
    await data.put(owner, "xmpp/login", "17000000000020");

    assert.equal(whole, 2);
    assert.equal(await data.get(owner, "xmpp/login"), "17000000000020");
  });

  it("stays within its bounds, whatever it was put in place of", async () => {
    const data = accountDataOver(createMemoryStore());
    const large = "x".repeat(256 << 10);
    for (let n = 0; n < 16; n++) await data.put(owner, `large ${n}`, n === 0 ? "x" : large);

    await assert.rejects(data.put(owner, "large 16", large), { code: "quota-exceeded" });
    await data.put(owner, "large 0", large);

    await assert.rejects(data.put(owner, "one more", "x"), { code: "quota-exceeded" });
    await data.put(owner, "large 0", "y".repeat(256 << 10));
    await assert.rejects(data.put(owner, "large 0", `${large}x`), { code: "too-large" });
  });
});
