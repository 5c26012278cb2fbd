// XEP-0433: looking for rooms by words, among those that are listed.
import { type Room, roomNameOf, settingsOf } from "#core";
import { jidOfRoom } from "../addressing.ts";
import { aboutForm, type DataForm, formIn, isAbout, printForm, truthOf, valueIn, valuesIn } from "../data-form.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { attribute, escapeText, legalText } from "../print.ts";
import { printPage, readPageWish } from "../result-set.ts";
import type { XmppSession } from "../session.ts";

const search = "urn:xmpp:channel-search:0:search";
const parameters = "urn:xmpp:channel-search:0:search-params";
const byUsers = "{urn:xmpp:channel-search:0:order}nusers";
const byAddress = "{urn:xmpp:channel-search:0:order}address";
const muc = "xep-0045";
const shown = "{urn:xmpp:channel-search:0:anonymity}none";
const errors = "urn:xmpp:channel-search:0:error";

const mostRooms = 1000;
const longestPage = 50;

export const channelSearch: Feature = {
  spec: {
    id: "XEP-0433",
    title: "Extended Channel Search",
    version: "0.1.0",
    status: "complete",
    note: "among this server's own listed rooms",
  },
  disco: [search],
  iq: [{ type: "get", name: "search", xmlns: search, to: ["server"], answer }],
};

interface Found {
  readonly room: Room;
  readonly address: string;
  readonly users: number;
}

async function answer(session: XmppSession, { payload }: IqRequest): Promise<string> {
  const form = formIn(payload);
  if (form === undefined) return `<search xmlns="${search}">${printForm(template)}</search>`;
  if (form.type !== "submit" || !isAbout(form, parameters)) throw new StanzaError("bad-request", "another form");
  const sorted = (await matching(session, form)).sort(orderOf(form));
  const { after, max } = readPageWish(payload);
  // §3.3: by address, which names a room.
  const from = after === undefined ? 0 : sorted.findIndex(({ address }) => address === after) + 1;
  if (after !== undefined && from === 0) throw new StanzaError("item-not-found", "no such place");
  const page = sorted.slice(from, from + Math.min(max ?? longestPage, longestPage));
  const set = printPage({
    first: page[0]?.address,
    last: page.at(-1)?.address,
    index: from,
    count: sorted.length,
  });
  return `<result xmlns="${search}">${page.map(print).join("")}${set}</result>`;
}

const template: DataForm = {
  type: "form",
  fields: [
    aboutForm(parameters),
    { var: "q", type: "text-single", label: "Search for", values: [] },
    { var: "all", type: "boolean", label: "All rooms", values: [] },
    { var: "sinname", type: "boolean", label: "Search in name", values: ["true"] },
    { var: "sindescription", type: "boolean", label: "Search in description", values: ["true"] },
    { var: "sinaddress", type: "boolean", label: "Search in address", values: ["true"] },
    { var: "min_users", type: "text-single", label: "Minimum number of users", values: ["0"] },
    {
      var: "types",
      type: "list-multi",
      label: "Kinds of rooms",
      values: [muc],
      options: [{ value: muc, label: "Rooms (XEP-0045)" }],
    },
    {
      var: "key",
      type: "list-single",
      label: "Sort results by",
      values: [byUsers],
      options: [
        { value: byUsers, label: "Number of online users" },
        { value: byAddress, label: "Address" },
      ],
    },
  ],
};

async function matching({ server }: XmppSession, form: DataForm): Promise<Found[]> {
  const all = truthOf(valueIn(form, "all")) ?? false;
  const words = (valueIn(form, "q") ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (all && words.length > 0) throw bad("conflicting-fields");
  if (!all && words.length === 0)
    throw bad(valueIn(form, "q") === undefined ? "no-search-conditions" : "invalid-search-terms");
  // §6.2: "a Search Service MUST NOT return service types the client has not asked for."
  if (valuesIn(form, "types")?.includes(muc) === false) return [];
  const inName = truthOf(valueIn(form, "sinname")) ?? true;
  const inDescription = truthOf(valueIn(form, "sindescription")) ?? true;
  const inAddress = truthOf(valueIn(form, "sinaddress")) ?? true;
  const least = Number(valueIn(form, "min_users") ?? 0);
  const { rooms } = server.core;
  const listed = (await rooms.list(mostRooms)).filter((room) => room.listed && !settingsOf(room).locked);
  return listed
    .map((room) => ({
      room,
      address: jidOfRoom(room.id, server.settings.roomsHost),
      users: new Set(rooms.occupants(room.id).map(({ user }) => user)).size,
    }))
    .filter(({ room, users }) => {
      const parts = [
        inName ? room.title : "",
        inDescription ? settingsOf(room).description : "",
        inAddress ? roomNameOf(room.id) : "",
      ];
      const text = parts.join("\n").toLowerCase();
      return users >= least && words.every((word) => text.includes(word));
    });
}

function orderOf(form: DataForm): (one: Found, other: Found) => number {
  const key = valueIn(form, "key") ?? byUsers;
  const address = (one: Found, other: Found): number => (one.address < other.address ? -1 : 1);
  if (key === byAddress) return address;
  if (key === byUsers) return (one, other) => other.users - one.users || address(one, other);
  throw new StanzaError("feature-not-implemented", "no such order", `<invalid-sort-key xmlns="${errors}"/>`, {
    type: "modify", // §4.2.2.2
  });
}

/** §6.2 */
function print({ room, address, users }: Found): string {
  const { description, language, password, addresses } = settingsOf(room);
  const said = (name: string, text: string): string => `<${name}>${escapeText(legalText(text))}</${name}>`;
  return (
    `<item${attribute("address", address)}>${said("name", room.title)}` +
    (description === "" ? "" : said("description", description)) +
    (language === "" ? "" : said("language", language)) +
    `<nusers>${users}</nusers><service-type>${muc}</service-type>` +
    // "it indicates that the channel can be joined without extra credentials"
    (room.open && password === "" ? "<is-open>true</is-open>" : "") +
    said("anonymity-mode", addresses === "anyone" ? shown : "muc_semianonymous") +
    "</item>"
  );
}

function bad(condition: "conflicting-fields" | "no-search-conditions" | "invalid-search-terms"): StanzaError {
  // §4.2.2.7
  const type = condition === "no-search-conditions" ? "cancel" : "modify";
  return new StanzaError("bad-request", condition, `<${condition} xmlns="${errors}"/>`, { type });
}
