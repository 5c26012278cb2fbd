// RFC 6121 §8.5: each kind of message, for each number of resources and their priorities, to the account and to a resource.
import assert from "node:assert/strict";
import { conditionOf, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { isMessage, messageOf, type MessageType } from "./message-types.ts";
import { requirement } from "./requirement.ts";

/** Who is there: one and several resources, with one priority and with many, some and all of them negative. */
const crowds: readonly (readonly number[])[] = [[0], [-1], [1, 1], [3, 0, -1]];

interface Outcome {
  /** Of the recipient's resources those that got it, by their place. */
  readonly got: readonly number[];
  /** As they got it. */
  readonly copies: readonly Xml[];
  /** What the sender was told. */
  readonly error: Xml | undefined;
}

/** Sends it, and sees what came of it once everybody has got, or been told, what was sent behind it. */
async function send(t: XmppKit, type: MessageType, priorities: readonly number[], resource = ""): Promise<Outcome> {
  const romeo = await t.available(0);
  const julias: XmppClient[] = [];
  for (const priority of priorities) julias.push(await t.available(1, priority));
  const word = t.word();

  romeo.send(messageOf(type, `${t.bare(1)}${resource === "" ? "" : `/${resource}`}`, word));

  for (const julia of julias) await t.settled(romeo, julia);
  await romeo.ping();
  const copies = julias.map((julia) => julia.waiting.find((xml) => isMessage(xml, word)));
  return {
    got: copies.flatMap((copy, at) => (copy === undefined ? [] : [at])),
    copies: copies.filter((copy) => copy !== undefined),
    error: romeo.waiting.find((xml) => isMessage(xml, word) && xml.attributes["type"] === "error"),
  };
}

function notNegative(priorities: readonly number[]): number[] {
  return priorities.flatMap((priority, at) => (priority >= 0 ? [at] : []));
}

for (const priorities of crowds) {
  const crowd = `priorities ${priorities.join(", ")}`;
  const open = notNegative(priorities);

  describe(`RFC 6121 §8.5 with ${crowd}`, () => {
    for (const type of ["normal", "chat"] as const) {
      requirement(
        "RFC 6121 §8.5.2.1.1",
        `A message of type "${type}" to the bare JID is delivered to the only resource of non-negative priority, or to the most available or all of several, and never to one of negative priority; its 'to' MUST NOT be rewritten.`,
        async (t) => {
          const { got, copies } = await send(t, type, priorities);

          assert.ok(
            got.every((at) => priorities[at]! >= 0),
            `delivered to ${got.join()}`,
          );
          if (open.length > 0) assert.notEqual(got.length, 0, "delivered to nobody");
          for (const copy of copies) assert.equal(copy.attributes["to"], t.bare(1));
        },
        { about: `${type}, ${crowd}` },
      );
    }

    requirement(
      "RFC 6121 §8.5.2.1.1",
      'A message of type "headline" to the bare JID MUST be delivered to all of the non-negative resources, and is silently ignored where there are none.',
      async (t) => {
        const { got, copies, error } = await send(t, "headline", priorities);

        assert.deepEqual(got, open);
        assert.equal(error, undefined);
        for (const copy of copies) assert.equal(copy.attributes["to"], t.bare(1));
      },
      { about: `headline, ${crowd}` },
    );

    requirement(
      "RFC 6121 §8.5.2.1.1",
      'For a message of type "groupchat" to the bare JID the server MUST NOT deliver the stanza to any resource and MUST return an error; one of type "error" MUST be silently ignored.',
      async (t) => {
        const groupchat = await send(t, "groupchat", priorities);
        const error = await send(t, "error", priorities);

        assert.deepEqual([groupchat.got, error.got], [[], []]);
        assert.equal(conditionOf(groupchat.error!), "service-unavailable");
        assert.equal(error.error, undefined);
      },
      { about: `groupchat and error, ${crowd}` },
    );

    for (const type of ["normal", "groupchat", "headline"] as const) {
      requirement(
        "RFC 6121 §8.5.3.2.1",
        `If no resource matches the full JID, a message of type "${type}" MUST either be silently ignored or be answered with an error: no other resource gets it.`,
        async (t) => {
          const { got, error } = await send(t, type, priorities, `away-${t.word()}`);

          assert.deepEqual(got, []);
          if (error !== undefined) assert.equal(conditionOf(error), "service-unavailable");
        },
        { about: `${type}, ${crowd}` },
      );
    }

    requirement(
      "RFC 6121 §8.5.3.2.1",
      'If no resource matches the full JID, a message of type "chat" is delivered to the one resource of non-negative priority; one of type "error" MUST be silently ignored.',
      async (t) => {
        const chat = await send(t, "chat", priorities, `away-${t.word()}`);
        const error = await send(t, "error", priorities, `away-${t.word()}`);

        assert.ok(chat.got.every((at) => priorities[at]! >= 0));
        if (open.length === 1) assert.deepEqual(chat.got, open);
        assert.deepEqual([error.got, error.error], [[], undefined]);
      },
      { about: `chat and error, ${crowd}` },
    );
  });
}
