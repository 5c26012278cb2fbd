import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { errorsPage } from "../../../protocols/json/errors-page.ts";
import { type ErrorEntry, errors } from "../../../protocols/json/faults.ts";
import { hello } from "../../../protocols/json/hello.ts";
import { defaultOptions } from "../../../protocols/json/options.ts";
import { verbs } from "../../../protocols/json/verbs.ts";

const page = readFileSync(new URL("../../../../docs/reference/json.md", import.meta.url), "utf8");

describe("the reference of the JSON dialect", () => {
  it("has a heading for each command, and for nothing else", () => {
    const headings = [...page.matchAll(/^### `(.+)`$/gm)].map(([, name]) => name);

    assert.deepEqual(headings.toSorted(), Object.keys(verbs).toSorted());
  });

  it("has a row for each error as the code has it, and for nothing else", () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d{4}) \| (yes|no) \| (.+) \|$/gm)].map(([, ...cells]) => cells);

    const known = Object.entries<ErrorEntry>(errors).map(([word, { close, retryable, text }]) => {
      return [word, String(close), retryable ? "yes" : "no", text];
    });
    assert.deepEqual(rows, known);
  });

  it("states the limits that are in force", () => {
    const { maxFrame, maxBody, inflight, strikes } = defaultOptions;
    for (const limit of [maxFrame, maxBody, inflight, strikes])
      assert.ok(page.includes(limit.toLocaleString("en")), `${limit}`);
  });
});

describe("hello", () => {
  it("names the version, the limits and every command", () => {
    assert.deepEqual(JSON.parse(hello(defaultOptions)), {
      ...{ type: "hello", version: 1, heartbeat: 25_000, maxFrame: 65_536, inflight: 64 },
      features: Object.keys(verbs),
    });
  });
});

describe("the page of errors", () => {
  it("has an anchor for each code", () => {
    const { body } = errorsPage();
    for (const word of Object.keys(errors)) assert.ok(body.includes(`id="${word}"`), word);
  });
});
