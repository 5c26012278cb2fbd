// XEP-0317: Hats.
import assert from "node:assert/strict";
import { conditionOf, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { command, commands, field } from "../command-kit.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

const hats = "urn:xmpp:hats:0";
const needs = { needs: ["muc"] } as const;

interface Scene {
  readonly room: string;
  readonly owner: XmppClient;
  readonly guest: XmppClient;
  readonly command: (by: XmppClient, node: string, hat: string) => Promise<Xml>;
}

async function scene(t: XmppKit): Promise<Scene> {
  const [owner, guest, room] = [await t.available(0), await t.available(1), t.room()];
  await t.enter(owner, room, "owner");
  await offered(owner, hats, room);
  await t.enter(guest, room, "guest");
  const form = (hat: string): string =>
    `<x xmlns="jabber:x:data" type="submit">${field("FORM_TYPE", "urn:xmpp:hats:commands")}${field("accountjid", guest.bare)}${field("hat", hat)}</x>`;
  return {
    room,
    owner,
    guest,
    command: (by, node, hat) =>
      by.iq("set", command(`urn:xmpp:hats:commands:${node}`, ` action="execute"`, form(hat)), room),
  };
}

function worn(presence: Xml): readonly (string | undefined)[] {
  return presence.child("hats", hats)?.elements.map((hat) => hat.attributes["uri"]) ?? [];
}

describe("XEP-0317 Hats", () => {
  requirement(
    "XEP-0317 §2",
    'A MUC service that supports hats MUST advertise a Service Discovery feature of "urn:xmpp:hats:0".',
    async (t) => {
      const { owner, room } = await scene(t);
      await offered(owner, hats, room.slice(room.indexOf("@") + 1));
    },
    needs,
  );

  requirement(
    "XEP-0317 §3.1",
    "This element MUST possess a 'uri' attribute (containing the hat's URI), a 'title' attribute containing the name of the hat for display purposes …",
    async (t) => {
      const { room, owner, guest, command } = await scene(t);
      const uri = `http://tech.example.edu/hats#${t.word()}`;

      const done = await command(owner, "don", uri);

      assert.equal(done.child("command", commands)?.attributes["status"], "completed", String(done));
      for (const each of [owner, guest]) {
        const seen = await each.take(
          "the hat",
          (xml) => xml.is("presence") && xml.attributes["from"] === `${room}/guest` && worn(xml).includes(uri),
        );
        assert.notEqual(seen.child("hats", hats)!.elements[0]!.attributes["title"] ?? "", "");
      }
    },
    needs,
  );

  requirement(
    "XEP-0317 §3.3",
    "Hats are added and removed using Ad-Hoc Commands.",
    async (t) => {
      const { room, owner, command } = await scene(t);
      const uri = `http://tech.example.edu/hats#${t.word()}`;
      await command(owner, "don", uri);
      const about = (xml: Xml): boolean => xml.is("presence") && xml.attributes["from"] === `${room}/guest`;
      await owner.take("the hat", (xml) => about(xml) && worn(xml).includes(uri));

      const done = await command(owner, "doff", uri);

      assert.equal(done.child("command", commands)?.attributes["status"], "completed", String(done));
      await owner.take("a bare head", (xml) => about(xml) && worn(xml).length === 0);
    },
    { ...needs, about: "removed" },
  );

  requirement(
    "XEP-0050 §4.4",
    "A requester that may not execute the command is refused with <forbidden/>.",
    async (t) => {
      const { guest, command } = await scene(t);

      assert.equal(conditionOf(await command(guest, "don", "http://tech.example.edu/hats#Proctor")), "forbidden");
    },
    { ...needs, about: "hats" },
  );
});
