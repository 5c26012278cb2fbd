import assert from "node:assert/strict";
import { fuzzXml, readsTheXml } from "../fuzz/xmpp-codec.ts";
import { fuzzedServer, fuzzXmpp, transports } from "../fuzz/xmpp-live.ts";
import type { Server } from "../support/server.ts";

describe("a server that is sent mutated XMPP", function () {
  this.timeout(180_000);
  let server: Server;

  before(async () => {
    server = await fuzzedServer();
  });
  after(() => server?.remove());

  for (const transport of transports) {
    it(`lives, ends what is wrong in XMPP's words, and serves bystanders, over ${transport}`, async () => {
      const { mutants, slowestMs } = await fuzzXmpp(server, { transport, mutants: 400, seed: 1, attackers: 2 });

      assert.ok(mutants >= 400);
      assert.ok(slowestMs < 5_000, `a bystander waited for ${Math.round(slowestMs)} ms`);
    });
  }

  it("reads mutants alike by every road, and passes on whole what it read", () => {
    readsTheXml();

    assert.ok(fuzzXml(2_000, 1).refused > 500);
  });
});
