import assert from "node:assert/strict";
import { noticeLimits } from "../../../src/ops/limit-notices.ts";
import { silent, type LogFields, type Logger } from "../../../src/ops/log.ts";
import { refusals } from "../../../src/ops/refusals.ts";
import { ConnectionLimits } from "../../../src/net/connection-limits.ts";

describe("the notice of a limit", () => {
  it("names the setting once a look, with how often it refused somebody", () => {
    const { log, written } = notebook();
    const time = new Looks();
    refusals.loginRate.add();
    using _notices = noticeLimits(log, time);

    refusals.loginRate.add(3);
    refusals.login.add();
    time.look();
    time.look();
    refusals.loginRate.add();
    time.look();

    const setting = "limits.logins_per_second_per_address";
    assert.deepEqual(written, [
      { what: "limit_reached", setting, times: 3 },
      { what: "limit_reached", setting, times: 1 },
    ]);
  });

  it("tells connections from one address from connections in all", () => {
    const { log, written } = notebook();
    const time = new Looks();
    using _notices = noticeLimits(log, time);
    const limits = new ConnectionLimits(2, 1);

    for (const address of ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]) limits.admit(address);
    time.look();

    assert.deepEqual(
      written.map(({ setting, times }) => [setting, times]),
      [
        ["limits.connections", 2],
        ["limits.connections_per_address", 1],
      ],
    );
  });

  it("is given no more once disposed", () => {
    const { log, written } = notebook();
    const time = new Looks();

    noticeLimits(log, time)[Symbol.dispose]();
    refusals.queue.add();
    time.look();

    assert.deepEqual(written, []);
  });
});

/** Time of which only the next look matters. */
class Looks {
  #next: (() => void) | undefined;

  now(): number {
    return 0;
  }

  after(_ms: number, call: () => void): () => void {
    this.#next = call;
    return () => (this.#next = undefined);
  }

  look(): void {
    this.#next?.();
  }
}

function notebook(): { readonly log: Logger; readonly written: LogFields[] } {
  const written: LogFields[] = [];
  return { log: { ...silent, warn: (fields) => void written.push(fields) }, written };
}
