import assert from "node:assert/strict";
import fc from "fast-check";
import { limitsFor, parseFrame } from "../../../protocols/xmpp/codec.ts";
import {
  aboutForm,
  type DataForm,
  formTypeOf,
  isAbout,
  parseForm,
  printForm,
  truthOf,
  valueIn,
  valuesIn,
} from "../../../protocols/xmpp/data-form.ts";

const limits = limitsFor(1 << 20);
const read = (xml: string): DataForm | undefined => parseForm(parseFrame(xml, limits)!);
const form = (inside: string, type = "submit"): DataForm | undefined =>
  read(`<x xmlns="jabber:x:data" type="${type}">${inside}</x>`);

/** Without what is undefined, and without fast-check's prototypes. */
const plain = (made: unknown): unknown => JSON.parse(JSON.stringify(made));

describe("data forms (XEP-0004)", () => {
  it("read what was printed, whatever it says", () => {
    const word = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
      .filter((text) => !/[\0-\x1f￾￿]/.test(text));
    const field = fc.record({
      var: word,
      type: fc.constantFrom(undefined, "boolean", "list-single", "text-multi", "jid-multi", "hidden"),
      label: fc.option(word, { nil: undefined }),
      desc: fc.option(word, { nil: undefined }),
      required: fc.constantFrom(undefined, true),
      values: fc.array(word, { maxLength: 3 }),
      options: fc.option(fc.array(fc.record({ value: word, label: word }), { minLength: 1, maxLength: 3 }), {
        nil: undefined,
      }),
    });
    const fields = fc.uniqueArray(field, { selector: (each) => each.var, maxLength: 5 });
    const forms = fc.record({
      type: fc.constantFrom("form", "submit", "cancel", "result"),
      title: fc.option(word, { nil: undefined }),
      instructions: fc.constantFrom(undefined, "one line", "two\nlines"),
      fields,
      reported: fc.option(fields, { nil: undefined }),
      items: fc.option(fc.array(fields, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    });
    fc.assert(fc.property(forms, (made) => assert.deepEqual(plain(read(printForm(made as DataForm))), plain(made))));
  });

  it("have values by name, and say what they are about (XEP-0068)", () => {
    const made = form(
      `<field var="FORM_TYPE" type="hidden"><value>urn:one</value></field>` +
        `<field var="many"><value>a</value><value>b</value></field><field var="none"/>`,
    )!;

    assert.equal(formTypeOf(made), "urn:one");
    assert.ok(isAbout(made, "urn:one") && !isAbout(made, "urn:two"));
    assert.deepEqual(valuesIn(made, "many"), ["a", "b"]);
    assert.equal(valueIn(made, "none"), undefined);
    assert.deepEqual(aboutForm("urn:one").values, ["urn:one"]);
  });

  it("are none with an unknown type, a field without a name, or a name twice (§3.1, §3.2)", () => {
    assert.equal(form("", "wish"), undefined);
    assert.equal(form("<field><value>x</value></field>"), undefined);
    assert.equal(form(`<field var="a"/><field var="a"/>`), undefined);
    assert.equal(form(`<field var="a" type="colour"/>`), undefined);
    assert.ok(form(`<field type="fixed"><value>Section 1</value></field>`) !== undefined);
  });

  it("take both words for each truth (§3.3)", () => {
    assert.deepEqual(["1", "true", "0", "false", "yes", undefined].map(truthOf), [
      ...[true, true, false, false],
      ...[undefined, undefined],
    ]);
  });
});
