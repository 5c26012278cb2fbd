// The 3 × 3 table: every sender protocol to every recipient protocol, by four journeys, with changing clients.
import assert from "node:assert/strict";
import type { App, Heard, Protocol, Seen } from "../support/clients/app.ts";
import { clientsOf, type Client } from "../support/clients/clients.ts";
import type { Place } from "../support/place.ts";
import { makeRooms, roomOwner } from "../support/rooms.ts";

const protocols: readonly Protocol[] = ["xmpp", "mqtt", "json"];

interface Cell {
  readonly journey: Journey;
  readonly from: Protocol;
  readonly to: Protocol;
  readonly sender: Client;
  readonly recipient: Client;
  /** Distinct in each cell, so that every cell has a conversation of its own. */
  readonly users: readonly [string, string];
}

interface Pair {
  readonly sender: App;
  readonly recipient: App;
}

interface Journey {
  readonly name: string;
  readonly title: string;
  readonly travel: (pair: Pair, cell: Cell) => Promise<void>;
}

const journeys: readonly Journey[] = [
  { name: "online", title: "direct, both online", travel: directOnline },
  { name: "offline", title: "direct, the recipient comes later", travel: directOffline },
  { name: "room", title: "in a room", travel: inRoom },
  { name: "receipts", title: "stored, delivered, read come back to the sender", travel: receipts },
];

/** Declares a test for each cell, and prints the table after them. */
export function describeTable(title: string, open: () => Promise<Place>): void {
  describe(title, () => {
    const arrived = new Set<Cell>();
    const cells = allCells();
    let place: Place;

    before(async function () {
      this.timeout(120_000);
      place = await open();
      const users = new Set(cells.flatMap(({ users: pair }) => pair));
      await place.here.addUsers([roomOwner, ...users]);
      await makeRooms(place.here, cells.map(roomOf));
    });

    for (const cell of cells) {
      const { journey, sender, recipient } = cell;
      const clients = `${sender.name} to ${recipient.name}`;
      it(`${cell.from} → ${cell.to}: ${journey.title} (${clients})`, async function () {
        this.timeout(20_000);
        const pair = apps(cell, place);
        try {
          await journey.travel(pair, cell);
          arrived.add(cell);
        } finally {
          await leave(pair);
        }
      });
    }

    after(async function () {
      this.timeout(60_000);
      console.log(table(title, cells, arrived));
      await place?.[Symbol.asyncDispose]();
    });
  });
}

async function directOnline({ sender, recipient }: Pair): Promise<void> {
  await Promise.all([sender.connect(), recipient.connect()]);

  await sender.send({ user: recipient.user }, "are you there?", "origin-1");

  const heard = await recipient.heard.find("the message", ({ body }) => body === "are you there?");
  assert.equal(heard.from, sender.user);
  assert.equal(heard.room, undefined);
  const { user } = recipient;
  await sender.send({ user }, "that is all", "origin-2");
  await expectJust(["are you there?", "that is all"], recipient, sender);
}

async function directOffline({ sender, recipient }: Pair): Promise<void> {
  await recipient.connect();
  await recipient.disconnect();
  await sender.connect();

  await sender.send({ user: recipient.user }, "for when you are back", "origin-1");
  await sender.send({ user: recipient.user }, "and one more", "origin-2");
  await sender.disconnect();
  await recipient.connect();

  await expectJust(["for when you are back", "and one more"], recipient, sender);
}

async function inRoom({ sender, recipient }: Pair, cell: Cell): Promise<void> {
  const room = roomOf(cell);
  await Promise.all([sender.connect(), recipient.connect()]);
  await recipient.join(room);
  await sender.join(room);

  await sender.send({ room }, "hello, all", "origin-1");

  const heard = await recipient.heard.find("the message", ({ body }) => body === "hello, all");
  assert.equal(heard.from, sender.user);
  assert.equal(heard.room, room);
  await sender.send({ room }, "that is all", "origin-2");
  await expectJust(["hello, all", "that is all"], recipient, sender, room);
}

async function receipts({ sender, recipient }: Pair): Promise<void> {
  await recipient.connect();
  await recipient.disconnect();
  await sender.connect();
  // The conversation is the cell's own, so its first message is seq 1.
  const first = (mark: "delivered" | "read") => (seen: Seen) =>
    seen.mark === mark && seen.by === recipient.user && (seen.originId === "origin-1" || seen.seq === 1);

  await sender.send({ user: recipient.user }, "did you get it?", "origin-1"); // resolves when stored
  assert.ok(!sender.seen.entries.some(({ by }) => by === recipient.user), "nobody has it yet");

  await recipient.connect();
  const heard = await recipient.heard.find("the message", ({ body }) => body === "did you get it?");
  await sender.seen.find("delivered", first("delivered"));
  assert.ok(
    !sender.seen.entries.some(({ mark, by }) => mark === "read" && by === recipient.user),
    "nobody has read it yet",
  );

  await recipient.markRead(heard);
  await sender.seen.find("read", first("read"));
}

/** The last of them tells that no twin is among those before: a conversation has one order. */
async function expectJust(bodies: readonly string[], recipient: App, sender: App, room?: string): Promise<void> {
  const ofCell = (message: Heard): boolean => message.from === sender.user && message.room === room;
  await recipient.heard.find("the last message", (message) => ofCell(message) && message.body === bodies.at(-1));
  const heard = recipient.heard.entries.filter(ofCell); // the account may have other things to catch up on
  assert.deepEqual(
    heard.map(({ body }) => body),
    bodies,
  );
}

/** Whatever state they are in: some have left already, and after a failure some never came. */
async function leave({ sender, recipient }: Pair): Promise<void> {
  await Promise.allSettled([sender.disconnect(), recipient.disconnect()]);
}

function apps({ sender, recipient, users, journey }: Cell, place: Place): Pair {
  const [one, other] = users;
  return {
    sender: sender.open({ server: place.here, user: one, device: `${journey.name}-${one}-${other}` }),
    recipient: recipient.open({ server: place.there, user: other, device: `${journey.name}-${other}-${one}` }),
  };
}

function roomOf({ journey, from, to }: Cell): string {
  return `${journey.name}-${from}-${to}`;
}

function allCells(): Cell[] {
  const pairs = allPairs(["ada", "bea", "cem", "dov", "eva", "fay", "gil", "hal", "ivy"]);
  const cells: Cell[] = [];
  for (const [turn, journey] of journeys.entries()) {
    for (const [row, from] of protocols.entries()) {
      for (const [column, to] of protocols.entries()) {
        // Within a protocol the two are different clients; over the cells each client is sender and recipient.
        const sender = pick(clientsOf[from], turn + column);
        const recipient = pick(clientsOf[to], turn + row + 1);
        cells.push({ journey, from, to, sender, recipient, users: pairs[cells.length]! });
      }
    }
  }
  return cells;
}

function pick<T>(list: readonly T[], turn: number): T {
  return list[turn % list.length]!;
}

/** Nine accounts make just the 36 pairs. */
function allPairs(names: readonly string[]): (readonly [string, string])[] {
  return names.flatMap((one, at) => names.slice(at + 1).map((other) => [one, other] as const));
}

function table(title: string, cells: readonly Cell[], arrived: ReadonlySet<Cell>): string {
  const lines = protocols.flatMap((from) =>
    protocols.map((to) => {
      const marks = journeys.map((journey) => {
        const cell = cells.find((one) => one.journey === journey && one.from === from && one.to === to)!;
        return `${arrived.has(cell) ? "✓" : "✗"} ${cell.sender.name} → ${cell.recipient.name}`.padEnd(30);
      });
      return `    ${`${from} → ${to}`.padEnd(12)} ${marks.join(" ")}`;
    }),
  );
  const head = `    ${"".padEnd(12)} ${journeys.map(({ name }) => name.padEnd(30)).join(" ")}`;
  return [`    ${title}: ${arrived.size} of ${cells.length} journeys arrive`, head, ...lines].join("\n");
}
