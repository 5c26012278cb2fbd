import assert from "node:assert/strict";
import type { Fault } from "../../../src/model/fault.ts";
import { until } from "../../../src/testing/until.ts";
import { alice, attach, twoNodes } from "../routing/two-nodes.ts";

describe("a device that changes nodes", () => {
  it("is not ended by word of where it was before, however late that comes", async () => {
    await using nodes = await twoNodes();
    const ended: Fault[] = [];
    await attach(nodes.one, alice, "phone");
    nodes.exchange.trouble((from) => (from === nodes.busOfTwo.node ? 30 : "deliver"));
    const away = await attach(nodes.two, alice, "phone");
    await nodes.two.sessions.detach(away, true);
    const home = await attach(nodes.one, alice, "phone", { ended: (fault) => ended.push(fault) });

    // Order per sender: once this is there, so is the claim.
    const probe = await attach(nodes.one, alice, "probe");
    await attach(nodes.two, alice, "probe");
    await until(() => !probe.attached);

    assert.ok(home.attached);
    assert.deepEqual(ended, []);
  });
});
