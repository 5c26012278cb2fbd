import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { Ledger } from "../../faults/ledger.ts";
import type { Heard } from "../../support/clients/app.ts";

const lobby = "room:lobby";

describe("the ledger of a fault run", () => {
  it("finds nothing where everybody heard everything once", () => {
    const ledger = promised("a", "b");

    hear(ledger, "a", "b");

    const { lost, duplicated, reordered, markedTwins } = ledger.close(seqs("a", "b"));
    assert.deepEqual([lost, duplicated, reordered, markedTwins], [0, 0, 0, 0]);
    assert.equal(ledger.outstanding, 0);
  });

  it("counts an acknowledged message that a reader never heard as lost", () => {
    const ledger = promised("a", "b");

    hear(ledger, "b");

    assert.equal(ledger.outstanding, 1);
    assert.equal(ledger.close(seqs("a", "b")).lost, 1);
  });

  it("does not miss what was never acknowledged", () => {
    const ledger = new Ledger();
    ledger.send("a", lobby, ["reader"]);

    assert.equal(ledger.close(seqs()).lost, 0);
  });

  it("counts a message under two names as duplicated", () => {
    const ledger = promised("a");

    ledger.hear("reader", heard("a"));
    ledger.hear("reader", { ...heard("a"), mid: "another name" });

    assert.equal(ledger.close(seqs("a")).duplicated, 1);
  });

  it("counts a message first heard after a later one as reordered", () => {
    const ledger = promised("a", "b", "c");

    hear(ledger, "b", "a", "c");

    assert.equal(ledger.close(seqs("a", "b", "c")).reordered, 1);
  });

  it("lets a marked twin pass, and finds an unmarked one", () => {
    const ledger = promised("a", "b");
    hear(ledger, "a", "b");

    ledger.hear("reader", { ...heard("a"), marked: true });
    ledger.hear("reader", heard("b"));

    const { markedTwins, unmarkedTwins, reordered } = ledger.close(seqs("a", "b"));
    assert.deepEqual([markedTwins, unmarkedTwins, reordered], [1, 1, 0]);
    assert.equal(ledger.findings.length, 1);
  });

  it("finds a twin, marked or not, of a message whose acknowledgement was stored", () => {
    const ledger = promised("a", "b");
    hear(ledger, "a", "b");

    ledger.settle("reader", ["name of a"]);
    ledger.kill();
    ledger.hear("reader", { ...heard("a"), marked: true });
    ledger.hear("reader", { ...heard("b"), marked: true });

    assert.equal(ledger.close(seqs("a", "b")).acknowledgedTwins, 1);
    assert.equal(ledger.findings.length, 1);
  });

  it("counts a twin of a message whose acknowledgement was heard well before the kill", async () => {
    const ledger = promised("a", "b");
    hear(ledger, "a", "b");

    ledger.prove("reader", ["name of a"]);
    await pause(60);
    ledger.prove("reader", ["name of b"]); // younger than the grace
    ledger.kill();
    ledger.hear("reader", { ...heard("a"), marked: true });
    ledger.hear("reader", { ...heard("b"), marked: true });

    assert.equal(ledger.close(seqs("a", "b")).lateTwins, 1);
    assert.equal(ledger.findings.length, 0);
  });
});

function promised(...bodies: readonly string[]): Ledger {
  const ledger = new Ledger();
  for (const body of bodies) {
    ledger.send(body, lobby, ["reader"]);
    ledger.acknowledge(body);
  }
  return ledger;
}

function hear(ledger: Ledger, ...bodies: readonly string[]): void {
  for (const body of bodies) ledger.hear("reader", heard(body));
}

function heard(body: string): Heard {
  return { from: "writer", body, mid: `name of ${body}`, marked: false };
}

function seqs(...bodies: readonly string[]): Map<string, number> {
  return new Map(bodies.map((body, at) => [`name of ${body}`, at + 1]));
}
