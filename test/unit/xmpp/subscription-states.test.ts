import assert from "node:assert/strict";
import fc from "fast-check";
import type { Contact, UserId } from "#core";
import { blankContact } from "../../../protocols/xmpp/roster-item.ts";
import { hears, sends, type SubscriptionType } from "../../../protocols/xmpp/subscription-states.ts";

describe("subscription states (RFC 6121 appendix A)", () => {
  const types = ["subscribe", "subscribed", "unsubscribe", "unsubscribed"] as const;
  const blank = blankContact("a@h" as UserId, "b@h" as UserId);

  it("never disagree between the two sides, whatever they send one another", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...types), fc.boolean()), { maxLength: 30 }), (steps) => {
        let mine: Contact = blank;
        let theirs: Contact = { ...blank, owner: blank.contact, contact: blank.owner };
        const send = (type: SubscriptionType, from: Contact, to: Contact): [Contact, Contact] => {
          const sent = sends(type, from);
          const heard = sent.route ? hears(type, to) : { contact: to, deliver: false };
          const answered =
            "reply" in heard && heard.reply !== undefined ? hears(heard.reply, sent.contact).contact : sent.contact;
          return [answered, heard.contact];
        };
        for (const [type, iSend] of steps) {
          if (iSend) [mine, theirs] = send(type, mine, theirs);
          else [theirs, mine] = send(type, theirs, mine);

          assert.equal(sees(mine), seen(theirs), `${type}: ${JSON.stringify([mine, theirs])}`);
          assert.equal(sees(theirs), seen(mine));
          assert.equal(mine.ask, theirs.pendingIn);
          assert.equal(theirs.ask, mine.pendingIn);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("let nobody in by an approval that was not asked for", () => {
    assert.deepEqual(hears("subscribed", blank), { contact: blank, deliver: false });
    assert.equal(sends("subscribed", blank).route, false);
  });

  it("show the same request once", () => {
    const once = hears("subscribe", blank);

    assert.equal(once.deliver, true);
    assert.equal(hears("subscribe", once.contact).deliver, false);
  });
});

function sees({ subscription }: Contact): boolean {
  return subscription === "to" || subscription === "both";
}

function seen({ subscription }: Contact): boolean {
  return subscription === "from" || subscription === "both";
}
