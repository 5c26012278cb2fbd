import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "#core";
import { createLog, errorFields } from "../../../src/ops/pino-log.ts";

describe("the process's log", () => {
  it("writes events as JSON lines, from its level up", () => {
    const folder = mkdtempSync(join(tmpdir(), "trivium-log-"));
    const fd = openSync(join(folder, "log"), "w");
    const log = createLog("info", fd);

    log.debug({ what: "too_fine" }, "not written");
    log.warn({ what: "outbox_full", waiting: 3 }, "client reads too slowly");
    log.flush();

    const lines = readFileSync(join(folder, "log"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    closeSync(fd);
    rmSync(folder, { recursive: true });
    assert.deepEqual(
      lines.map(({ what, waiting, msg }) => [what, waiting, msg]),
      [["outbox_full", 3, "client reads too slowly"]],
    );
  });

  it("keeps an error's stack and its causes", () => {
    const error = new Fault("unavailable", "store", { cause: new TypeError("socket hang up") });

    const { code, message, stack, cause } = errorFields(error) as {
      code: string;
      message: string;
      stack: string;
      cause: { type: string };
    };

    assert.deepEqual([code, message, cause.type], ["unavailable", "store", "TypeError"]);
    assert.match(stack, /pino-log\.test/);
  });

  it("leaves out what a parser quotes of a client's text", () => {
    const canary = "hunter2";
    let caught: unknown;
    try {
      JSON.parse(`{"password": ${canary}`);
    } catch (error) {
      caught = error;
    }

    assert.doesNotMatch(JSON.stringify(errorFields(new Fault("internal", "frame", { cause: caught }))), /hunter2|hu/);
  });
});
