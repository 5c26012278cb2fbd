import assert from "node:assert/strict";
import fc from "fast-check";
import { type ConversationId, directOf, type Envelope, type UserId } from "#core";
import { SentIds } from "../../../protocols/xmpp/message-ids.ts";

const bound = 128;
const conversation = directOf("alice@localhost" as UserId, "bob@localhost" as UserId);

describe("ids of what a device has sent", () => {
  it("are told as by a list of the latest, in any order of news", () => {
    const move = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: 3 }), asks: fc.constantFrom(undefined, 1, 2, 3), times: fc.nat(150) }),
      fc.record({ delivered: fc.nat(400) }),
      fc.record({ read: fc.nat(400) }),
    );
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
        const ids = new SentIds();
        let list: { seq: number; id: string; asks: boolean; told: boolean }[] = [];
        let seq = 1;

        for (const each of moves) {
          if ("add" in each) {
            for (let n = 0; n <= each.times; n++) {
              seq += each.add; // 0: told again
              ids.add(entry(conversation, seq, `id${seq}`, each.asks));
              if (seq > (list.at(-1)?.seq ?? 0))
                list.push({ seq, id: `id${seq}`, asks: each.asks === 1 || each.asks === 3, told: false });
            }
            list = list.slice(-bound);
          } else if ("delivered" in each) {
            const told = list.filter((one) => one.seq <= each.delivered && !one.told);
            assert.deepEqual(
              ids.delivered(conversation, each.delivered),
              told.filter((one) => one.asks).map((one) => one.id),
            );
            for (const one of told) one.told = true;
          } else {
            const read = list.filter((one) => one.seq <= each.read);
            assert.deepEqual(
              ids.read(conversation, each.read),
              read.map((one) => one.id),
            );
            list = list.slice(read.length);
          }
        }
      }),
    );
  });
});

function entry(where: ConversationId, seq: number, id: string, asks: number | undefined): Envelope {
  const head = asks === undefined ? "{}" : JSON.stringify({ q: asks });
  return {
    type: "entry",
    conversation: where,
    seq,
    extensions: { xmpp: `${head}\n`, "xmpp:id": id },
  } as unknown as Envelope;
}
