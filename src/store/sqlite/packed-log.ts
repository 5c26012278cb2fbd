// What a batch brings to the logs, on its way to the writer's thread: one string and one run of numbers, where a graph of
// objects would cost more to copy than to store (docs/decisions/0040-what-a-message-costs.md).
import type { DatedDraft, Relation } from "../../model/event.ts";
import type { ConversationId, DeviceId, MessageId, OriginId, UserId } from "../../model/ids.ts";
import { ownText } from "../../model/own-text.ts";
import { codeOfKind, kindOfCode } from "../entry-columns.ts";
import { relationOfText, relationText } from "../envelope.ts";
import type { Batch, CursorAdvance, MarkAdvance } from "../store.ts";
import { own } from "./own-bytes.ts";

/** A draft as it is written: its extensions as the text they are kept as. */
export interface PortableDraft extends Omit<DatedDraft, "extensions"> {
  readonly extensions: string | undefined;
}

export interface PackedLog {
  /** Each name once, one behind the other. */
  readonly names: string;
  /** Message ids, bodies and the like, as the numbers cut them. */
  readonly texts: string;
  readonly numbers: Float64Array;
  readonly bytes: readonly Uint8Array[];
}

export type LogWrites = Pick<Batch, "appends" | "advances" | "marks">;

export interface UnpackedLog {
  readonly appends: readonly PortableDraft[];
  readonly advances: readonly CursorAdvance[];
  readonly marks: readonly MarkAdvance[];
}

/** A string has a longest length, and a batch may have thousands of large messages: then there are several. */
const textsBound = 64 * 1024 * 1024;

/** In the order of the batch. */
export function packLog({ appends, advances, marks }: LogWrites): readonly PackedLog[] {
  const packed: PackedLog[] = [];
  let pack = new Pack();
  for (const draft of appends) {
    pack.append(draft);
    if (pack.length < textsBound) continue;
    packed.push(pack.end([], []));
    pack = new Pack();
  }
  packed.push(pack.end(advances, marks));
  return packed;
}

class Pack {
  readonly #numberOf = new Map<string, number>();
  readonly #lengths: number[] = [];
  #names = "";
  #texts = "";
  readonly #numbers: number[] = [];
  readonly #bytes: Uint8Array[] = [];
  #appends = 0;

  get length(): number {
    return this.#texts.length;
  }

  append(draft: DatedDraft): void {
    const { conversation, kind, mid, at, author, device } = draft;
    const { originId, originReleased, body, bytes, extensions, relation } = draft;
    this.#appends++;
    this.#numbers.push(this.#name(conversation), codeOfKind[kind], at, this.#name(author), this.#name(device));
    this.#text(mid);
    this.#text(originId);
    this.#text(body);
    this.#text(relation === undefined ? undefined : relationText(relation));
    this.#numbers.push(originReleased === true ? 1 : 0, bytes === undefined ? 0 : this.#bytes.push(own(bytes)));
    const count = this.#numbers.push(extensions === undefined ? 0 : 1) - 1;
    for (const name in extensions) {
      this.#numbers[count]!++;
      this.#numbers.push(this.#name(name));
      this.#text(extensions[name]);
    }
  }

  end(advances: readonly CursorAdvance[], marks: readonly MarkAdvance[]): PackedLog {
    const numbers = this.#numbers;
    for (const { user, device, conversation, seq } of advances)
      numbers.push(this.#name(user), this.#name(device), this.#name(conversation), seq);
    for (const { user, conversation, mark, seq, at } of marks)
      numbers.push(this.#name(user), this.#name(conversation), mark === "read" ? 1 : 0, seq, at);
    const head = [this.#appends, advances.length, marks.length, this.#lengths.length, ...this.#lengths];
    const all = new Float64Array(head.length + numbers.length);
    all.set(head);
    all.set(numbers, head.length);
    return { names: this.#names, texts: this.#texts, numbers: all, bytes: this.#bytes };
  }

  #name(name: string): number {
    let number = this.#numberOf.get(name);
    if (number === undefined) {
      this.#numberOf.set(name, (number = this.#lengths.push(name.length) - 1));
      this.#names += name;
    }
    return number;
  }

  /** Its length and one; 0 where there is none. */
  #text(text: string | undefined): void {
    if (text === undefined) return void this.#numbers.push(0);
    this.#numbers.push(text.length + 1);
    this.#texts += text;
  }
}

export function unpackLog(packed: readonly PackedLog[]): UnpackedLog {
  const unpacked = packed.map((one) => new Unpack(one).all());
  if (unpacked.length === 1) return unpacked[0]!;
  return { ...unpacked.at(-1)!, appends: unpacked.flatMap(({ appends }) => appends) };
}

class Unpack {
  readonly #texts: string;
  readonly #numbers: Float64Array;
  readonly #bytes: readonly Uint8Array[];
  readonly #names: string[] = [];
  readonly #quoted: string[] = [];
  /** What was said last under each name. */
  readonly #said: { readonly text: string; readonly quoted: string }[] = [];
  readonly #counts: readonly [number, number, number];
  #next = 4;
  #at = 0;

  constructor({ names, texts, numbers, bytes }: PackedLog) {
    this.#texts = texts;
    this.#numbers = numbers;
    this.#bytes = bytes;
    this.#counts = [numbers[0]!, numbers[1]!, numbers[2]!];
    let from = 0;
    for (let left = numbers[3]!; left > 0; left--) {
      const to = from + this.#number();
      this.#names.push(ownText(names.slice(from, to))); // some will be kept
      from = to;
    }
  }

  all(): UnpackedLog {
    const [appends, advances, marks] = this.#counts;
    return {
      appends: several(appends, () => this.#append()),
      advances: several(advances, () => this.#advance()),
      marks: several(marks, () => this.#mark()),
    };
  }

  #append(): PortableDraft {
    // The fields are read in the order in which they were written.
    const conversation = this.#name() as ConversationId;
    const kind = kindOfCode[this.#number()]!;
    const at = this.#number();
    const author = this.#name() as UserId;
    const device = this.#name() as DeviceId;
    const mid = this.#text() as MessageId;
    const originId = this.#text() as OriginId | undefined;
    const body = this.#text();
    const relation = relationOfText(this.#text() ?? null) satisfies Relation | undefined;
    const originReleased = this.#number() === 1;
    const bytesAt = this.#number();
    const bytes = bytesAt === 0 ? undefined : this.#bytes[bytesAt - 1]!;
    const extensions = this.#extensions();
    return { conversation, kind, mid, at, author, device, originId, originReleased, body, bytes, extensions, relation };
  }

  /** As JSON has them. */
  #extensions(): string | undefined {
    const count = this.#number();
    if (count === 0) return undefined;
    let text = "{";
    for (let left = count; left > 1; left--) {
      const name = this.#number();
      this.#quoted[name] ??= JSON.stringify(this.#names[name]);
      text += `${left === count ? "" : ","}${this.#quoted[name]}:${this.#quote(name, this.#text() ?? "")}`;
    }
    return `${text}}`;
  }

  /** Under most names the messages of a commit say the same. */
  #quote(name: number, text: string): string {
    const last = this.#said[name];
    if (last !== undefined && last.text === text) return last.quoted;
    const quoted = JSON.stringify(text);
    this.#said[name] = { text, quoted };
    return quoted;
  }

  #advance(): CursorAdvance {
    const [user, device, conversation] = [this.#name(), this.#name(), this.#name()];
    return {
      user: user as UserId,
      device: device as DeviceId,
      conversation: conversation as ConversationId,
      seq: this.#number(),
    };
  }

  #mark(): MarkAdvance {
    const [user, conversation] = [this.#name() as UserId, this.#name() as ConversationId];
    const mark = this.#number() === 1 ? "read" : "delivered";
    const seq = this.#number();
    return { user, conversation, mark, seq, at: this.#number() };
  }

  #number(): number {
    return this.#numbers[this.#next++]!;
  }

  #name(): string {
    return this.#names[this.#number()]!;
  }

  #text(): string | undefined {
    const length = this.#number();
    if (length === 0) return undefined;
    const from = this.#at;
    this.#at += length - 1;
    return this.#texts.slice(from, this.#at);
  }
}

function several<One>(count: number, read: () => One): One[] {
  const all: One[] = [];
  for (let left = count; left > 0; left--) all.push(read());
  return all;
}
