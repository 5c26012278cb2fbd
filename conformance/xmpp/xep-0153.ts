// XEP-0153: vCard-Based Avatars, and XEP-0398: the server keeps their hash in its users' presence.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { XmppClient } from "../clients/xmpp.ts";
import { featuresIn, info } from "../disco-kit.ts";
import { NotOffered } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

const update = "vcard-temp:x:update";
const conversion = "urn:xmpp:pep-vcard-conversion:0";

/** Romeo, of a server that converts; with a picture that nobody else has. */
async function pictured(t: XmppKit): Promise<[romeo: XmppClient, hash: string]> {
  const romeo = await t.available(0);
  if (!featuresIn(await info(romeo, romeo.bare)).includes(conversion))
    throw new NotOffered("not offered: conversion of avatars");
  const picture = Buffer.from(t.word());
  const photo = `<PHOTO><TYPE>image/png</TYPE><BINVAL>${picture.toString("base64")}</BINVAL></PHOTO>`;
  const stored = await romeo.iq("set", `<vCard xmlns="vcard-temp"><FN>Romeo</FN>${photo}</vCard>`);
  assert.equal(stored.attributes["type"], "result", String(stored));
  return [romeo, createHash("sha1").update(picture).digest("hex")];
}

/** Says so, and gives what the session's own presence looks like then. */
async function says(romeo: XmppClient, status: string, inner = ""): Promise<string | undefined> {
  romeo.send(`<presence xmlns="jabber:client"><status>${status}</status>${inner}</presence>`);
  const own = await romeo.take("its own presence", (xml) => xml.is("presence") && xml.childText("status") === status);
  return own.child("x", update)?.childText("photo") ?? undefined;
}

describe("XEP-0153 vCard-Based Avatars", () => {
  requirement(
    "XEP-0398 §5",
    "… services MUST include the hash on behalf of their users in every available presence that does not contain an empty photo element …",
    async (t) => {
      const [romeo, hash] = await pictured(t);

      assert.equal(await says(romeo, t.word()), hash);
    },
    { about: "none" },
  );

  requirement(
    "XEP-0398 §5",
    "Empty x elements qualified by the 'vcard-temp:x:update' namespace (those without a photo element as child) MUST be overwritten.",
    async (t) => {
      const [romeo, hash] = await pictured(t);

      assert.equal(await says(romeo, t.word(), `<x xmlns="${update}"/>`), hash);
    },
    { about: "an empty x" },
  );

  requirement(
    "XEP-0398 §5",
    "… every available presence that does not contain an empty photo element wrapped in an x element qualified by the 'vcard-temp:x:update' namespace.",
    async (t) => {
      const [romeo] = await pictured(t);

      assert.equal((await says(romeo, t.word(), `<x xmlns="${update}"><photo/></x>`)) ?? "", "");
    },
    { about: "an empty photo" },
  );

  requirement(
    "XEP-0398 §5",
    "The hash MUST also be injected into directed presences such as MUC joins",
    async (t) => {
      const [romeo, hash] = await pictured(t);
      const room = t.room();
      romeo.send(
        `<presence xmlns="jabber:client" to="${room}/romeo"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
      );

      const own = await romeo.presence(`${room}/romeo`);

      assert.equal(own.child("x", update)?.childText("photo"), hash);
    },
    { about: "in a room", needs: ["muc"] },
  );

  requirement(
    "XEP-0398 §4.2",
    "The id of that item MUST be the SHA-1 hash of the image as described in XEP-0084.",
    async (t) => {
      const [romeo, hash] = await pictured(t);

      const items = await romeo.iq(
        "get",
        `<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:avatar:data"/></pubsub>`,
      );

      assert.ok(String(items).includes(`id="${hash}"`), String(items));
    },
    { about: "published" },
  );
});
