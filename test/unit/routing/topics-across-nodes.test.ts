import assert from "node:assert/strict";
import type { Publication } from "../../../src/model/event.ts";
import type { OriginId } from "../../../src/model/ids.ts";
import { until } from "../../../src/testing/until.ts";
import { alice, attach, bob, twoNodes } from "./two-nodes.ts";

describe("a publication named by an origin id", () => {
  it("is heard once on another node, too, however often it is sent [MQTT-4.3.3-2]", async () => {
    await using nodes = await twoNodes();
    const listener = await attach(nodes.two, bob, "b");
    await nodes.two.topics.subscribe(listener, {
      filter: "#",
      qos: 2,
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0,
    });

    for (const [topic, origin] of [
      ["t", "7"],
      ["t", "7"],
      ["last", "8"],
    ] as const) {
      // prettier-ignore
      await new Promise<void>((resolve) => {
        nodes.one.topics.publish(publication(topic), origin as OriginId, { published: () => resolve() }, 0);
      });
    }

    const heard: (string | false)[] = [];
    await until(
      () => (
        heard.push(...listener.take(9).map(({ event }) => event.type === "publication" && event.topic)),
        heard.includes("last")
      ),
    );
    assert.deepEqual(heard, ["t", "last"]);
  });
});

function publication(topic: string): Publication {
  return {
    type: "publication",
    host: "localhost",
    topic,
    payload: Buffer.from("x"),
    qos: 2,
    retain: false,
    author: alice,
    device: "d" as never,
    at: 0,
  };
}
