import assert from "node:assert/strict";
import { Notebook, roomy, tcpFor } from "./peers.ts";

describe("a door", () => {
  it("refuses a port that is taken with a sentence that says what to do", async () => {
    await using listener = await tcpFor(new Notebook().accept);
    const { port } = listener;

    const again = tcpFor(new Notebook().accept, roomy(), port);

    await assert.rejects(
      again,
      new RegExp(`test: cannot listen on 127\\.0\\.0\\.1:${port}: another program listens there`),
    );
  });
});
