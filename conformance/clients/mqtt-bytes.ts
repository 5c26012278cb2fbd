// The data representations of MQTT (§1.5), on purpose without any leniency: a server that bends them is told so.

/** Two length bytes, then the text or the bytes. */
export function utf8(text: string | Buffer): Buffer {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return Buffer.concat([u16(bytes.length), bytes]);
}

export function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}

/** A control packet of these bytes. */
export function frame(first: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([first]), varint(body.length), body]);
}

const strictly = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.bytes(1)[0]!;
  }

  u16(): number {
    return this.bytes(2).readUInt16BE(0);
  }

  varint(): number {
    let value = 0;
    for (let power = 0; power < 4; power++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 128 ** power;
      if (byte < 0x80) {
        if (byte === 0 && power > 0) throw new Error("a length in more bytes than needed");
        return value;
      }
    }
    throw new Error("a length of more than four bytes");
  }

  utf8(): string {
    return strictly.decode(this.bytes(this.u16()));
  }

  bytes(length: number): Buffer {
    if (length > this.left) throw new Error(`${length} bytes announced where ${this.left} are left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rest(): Buffer {
    return this.bytes(this.left);
  }
}
