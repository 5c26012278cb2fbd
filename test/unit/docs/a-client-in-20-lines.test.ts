import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const root = new URL("../../../../", import.meta.url);

describe("the guide to a client in 20 lines", () => {
  it("shows the client that the tests run", async () => {
    const guide = await readFile(new URL("docs/guides/a-client-in-20-lines.md", root), "utf8");
    const client = await readFile(new URL("test/support/clients/bare-json.ts", root), "utf8");

    assert.ok(guide.includes(client));
    assert.ok(client.trimEnd().split("\n").length <= 20);
  });
});
