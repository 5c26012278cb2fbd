import assert from "node:assert/strict";
import type { LinkHandler } from "#core";
import { limitsFor } from "../../../protocols/xmpp/codec.ts";
import { readBody } from "../../../protocols/xmpp/transports/bosh-body.ts";
import { BoshSession } from "../../../protocols/xmpp/transports/bosh-session.ts";
import { termsOf } from "../../../protocols/xmpp/transports/bosh-terms.ts";
import { collect } from "../../support/kept-bytes.ts";
import { turns } from "./bosh-scene.ts";
import { Post } from "./bosh-post.ts";
import { ManualClock } from "./fakes.ts";

describe("a BOSH session that has ended", () => {
  it("does not keep its stream for as long as it says that it has", async () => {
    const first = new Post(
      "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='localhost' wait='60' hold='1'/>",
    );
    const body = readBody(first.body, limitsFor(10_000));
    const session = new BoshSession(termsOf(body, "localhost"), body, first, new ManualClock(), () => assert.fail());
    const stream = served(session);
    session.take(body, first.body, first);

    session.close();
    await turns();
    collect();

    assert.match(first.reply!.body, /terminate/);
    assert.equal(stream.deref(), undefined);
    assert.deepEqual(session.limits?.(), limitsFor(1));
  });
});

/** In a function of its own, so that nobody else holds it. */
function served(session: BoshSession): WeakRef<LinkHandler> {
  const handler: LinkHandler = { closed: () => undefined };
  session.serve(handler);
  session.limits = () => (handler === undefined ? limitsFor(2) : limitsFor(1));
  return new WeakRef(handler);
}
