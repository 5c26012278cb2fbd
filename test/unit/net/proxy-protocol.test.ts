import assert from "node:assert/strict";
import fc from "fast-check";
import { proxyHeaderLimit, readProxyHeader, type ProxyReading } from "../../../src/net/proxy-protocol.ts";

const remoteOf = (reading: ProxyReading): string | undefined =>
  typeof reading === "object" ? (reading.remote ?? "its own") : (reading ?? "more");
const line = (text: string): string | undefined => remoteOf(readProxyHeader(Buffer.from(text, "latin1")));
const signature = "0d0a0d0a000d0a515549540a";
const binary = (...hex: readonly string[]): string | undefined =>
  remoteOf(readProxyHeader(Buffer.from(signature + hex.join(""), "hex")));

describe("a PROXY header", () => {
  it("of version 1 names the client", () => {
    assert.equal(line("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"), "192.0.2.1");
    assert.equal(line("PROXY TCP6 2001:DB8:0:0:0:0:0:1 2001:db8::2 1 0\r\n"), "2001:db8::1");
    assert.equal(line("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 65535\r\nmore"), "192.0.2.7");
    assert.equal(line("PROXY UNKNOWN\r\n"), "its own");
    assert.equal(line("PROXY UNKNOWN ffff::1 \xff whatever\r\n"), "its own");
  });

  it("of version 1 is refused when a letter is wrong", () => {
    for (const wrong of [
      "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\n",
      "PROXY  TCP4 192.0.2.1 198.51.100.1 56324 443\r\n",
      "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 \r\n",
      "PROXY TCP4 192.0.2.01 198.51.100.1 56324 443\r\n",
      "PROXY TCP4 192.0.2.1 198.51.100.1 056324 443\r\n",
      "PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n",
      "PROXY TCP4 192.0.2.1 198.51.100.1 +1 443\r\n",
      "PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n",
      "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
      "PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n",
      "PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2\r\n",
      "PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n",
      "PROXY UNKNOWNX\r\n",
      "PROXY \r\n",
      "proxy UNKNOWN\r\n",
      `PROXY UNKNOWN ${"x".repeat(92)}\r\n`,
    ]) {
      const reading = line(wrong);
      // A line without its end is not wrong yet, until it cannot end any more.
      const settled = reading === "more" ? line(wrong + "x".repeat(107)) : reading;
      assert.equal(settled, "malformed", JSON.stringify(wrong));
    }
  });

  it("of version 2 names the client", () => {
    const to = "c6336401";
    assert.equal(binary("21", "11", "000c", "c0000201", to, "dc04", "01bb"), "192.0.2.1");
    const from6 = "20010db8000000000000000000000001";
    assert.equal(binary("21", "21", "0024", from6, from6, "dc04", "01bb"), "2001:db8::1");
    assert.equal(binary("20", "11", "000c", "c0000201", to, "dc04", "01bb"), "its own");
    assert.equal(binary("20", "ff", "0000"), "its own");
    assert.equal(binary("21", "00", "0000"), "its own");
    assert.equal(binary("21", "12", "000c", "c0000201", to, "dc04", "01bb"), "its own");
    assert.equal(binary("21", "31", "00d8", "61".repeat(216)), "its own");
  });

  it("of version 2 is refused when a field is wrong", () => {
    assert.equal(binary("11", "11", "000c", "c0000201c6336401dc0401bb"), "malformed");
    assert.equal(binary("22", "11", "000c", "c0000201c6336401dc0401bb"), "malformed");
    assert.equal(binary("21", "41", "0000"), "malformed");
    assert.equal(binary("21", "13", "0000"), "malformed");
    assert.equal(binary("21", "11", "000b", "c0000201c6336401dc0401"), "malformed");
    assert.equal(binary("21", "11", "1001"), "malformed");
    assert.equal(binary("21", "11", "000e", "c0000201c6336401dc0401bb", "0400"), "malformed");
    assert.equal(binary("21", "11", "000f", "c0000201c6336401dc0401bb", "040001"), "malformed");
  });

  it("of version 2 says whether the client spoke TLS to the proxy, and may carry a sum", () => {
    const ssl = (client: string) =>
      readProxyHeader(Buffer.from(`${signature}21110014c0000201c6336401dc0401bb200005${client}00000000`, "hex"));
    // The sum is that of 9 bytes `123456789` in every description of CRC32c; ours is over a header, so known by its parts.
    const summed = (sum: string) => binary("21", "11", "0013", "c0000201c6336401dc0401bb", "030004", sum);

    assert.deepEqual(
      [ssl("01"), ssl("00")].map((header) => (header as { tls: boolean }).tls),
      [true, false],
    );
    assert.equal(
      summed(crc32c(Buffer.from(`${signature}21110013c0000201c6336401dc0401bb03000400000000`, "hex"))),
      "192.0.2.1",
    );
    assert.equal(summed("00000000"), "malformed");
    assert.equal(crc32c(Buffer.from("123456789")), "e3069283");
  });

  it("is the same in any pieces, and needs no more than its bound to be refused", () => {
    const header = fc.oneof(
      fc
        .tuple(fc.ipV4(), fc.ipV4(), fc.nat(65_535), fc.nat(65_535))
        .map(([from, to, one, two]) => Buffer.from(`PROXY TCP4 ${from} ${to} ${one} ${two}\r\n`)),
      fc
        .tuple(fc.uint8Array({ minLength: 12, maxLength: 12 }), fc.uint8Array({ maxLength: 300 }))
        .map(([addresses, tlv]) => {
          const further = Buffer.concat([Buffer.from([0xe0, tlv.length >> 8, tlv.length & 255]), tlv]);
          const length = Buffer.from([(12 + further.length) >> 8, (12 + further.length) & 255]);
          return Buffer.concat([Buffer.from(`${signature}2111`, "hex"), length, addresses, further]);
        }),
    );
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 50 }), (bytes, rest) => {
        const whole = readProxyHeader(Buffer.concat([bytes, rest]));
        assert.equal(typeof whole, "object");
        assert.equal((whole as { size: number }).size, bytes.length);
        for (let end = 1; end < bytes.length; end++)
          assert.equal(readProxyHeader(bytes.subarray(0, end)), undefined, `after ${end} bytes`);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: proxyHeaderLimit, maxLength: proxyHeaderLimit }), (bytes) => {
        assert.notEqual(readProxyHeader(Buffer.from(bytes)), undefined);
      }),
    );
  });
});

/** By the table's way, where the server goes bit by bit. */
function crc32c(bytes: Buffer): string {
  const table = Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    return value >>> 0;
  });
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (table[(sum ^ byte) & 255] as number) ^ (sum >>> 8);
  return ((sum ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
}
