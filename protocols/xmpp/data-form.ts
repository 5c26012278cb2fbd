// XEP-0004: data forms, read and written. XEP-0068 says what a form is about: its hidden field FORM_TYPE.
import type { Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeText, legalText } from "./print.ts";

/** §3.1. */
export type FormType = "form" | "submit" | "cancel" | "result";

/** §3.3. */
export type FieldType =
  | "boolean"
  | "fixed"
  | "hidden"
  | "jid-multi"
  | "jid-single"
  | "list-multi"
  | "list-single"
  | "text-multi"
  | "text-private"
  | "text-single";

export interface FieldOption {
  readonly value: string;
  readonly label?: string | undefined;
}

export interface FormField {
  /** Empty only for a `fixed` field. */
  readonly var: string;
  readonly type?: FieldType | undefined;
  readonly label?: string | undefined;
  readonly desc?: string | undefined;
  readonly required?: boolean | undefined;
  readonly values: readonly string[];
  readonly options?: readonly FieldOption[] | undefined;
}

export interface DataForm {
  readonly type: FormType;
  readonly title?: string | undefined;
  readonly instructions?: string | undefined;
  readonly fields: readonly FormField[];
  /** §3.4: the columns of a result of several items, and the items. */
  readonly reported?: readonly FormField[] | undefined;
  readonly items?: readonly (readonly FormField[])[] | undefined;
}

const formTypes: ReadonlySet<string | undefined> = new Set<FormType>(["form", "submit", "cancel", "result"]);
const fieldTypes: ReadonlySet<string | undefined> = new Set<FieldType>([
  ...(["boolean", "fixed", "hidden", "jid-multi", "jid-single", "list-multi", "list-single"] as const),
  ...(["text-multi", "text-private", "text-single"] as const),
]);

/** The form; undefined when it is none: of no type, with a field that has no name, or with one twice. */
export function parseForm(element: Element): DataForm | undefined {
  const type = element.attrs["type"];
  if (!element.is("x", ns.dataForms) || !formTypes.has(type)) return undefined;
  const fields = fieldsOf(element);
  if (fields === undefined) return undefined;
  const items: FormField[][] = [];
  for (const item of element.getChildren("item", ns.dataForms)) {
    const read = fieldsOf(item);
    if (read === undefined) return undefined;
    items.push(read);
  }
  const reported = element.getChild("reported", ns.dataForms);
  const lines = element.getChildren("instructions", ns.dataForms).map((each) => each.getText());
  return {
    type: type as FormType,
    title: element.getChildText("title", ns.dataForms) ?? undefined,
    instructions: lines.length === 0 ? undefined : lines.join("\n"),
    fields,
    reported: reported === undefined ? undefined : fieldsOf(reported),
    items: items.length === 0 ? undefined : items,
  };
}

/** The first form among the element's children; undefined when there is none, or it is malformed. */
export function formIn(parent: Element): DataForm | undefined {
  const element = parent.getChild("x", ns.dataForms);
  return element === undefined ? undefined : parseForm(element);
}

/** `extra`: XML of another namespace behind all else, where an extension has it so. */
export function printForm({ type, title, instructions, fields, reported, items }: DataForm, extra = ""): string {
  const head = textElement("title", title) + (instructions ?? "").split("\n").map(instruction).join("");
  const columns = reported === undefined ? "" : `<reported>${reported.map(printField).join("")}</reported>`;
  const rows = (items ?? []).map((item) => `<item>${item.map(printField).join("")}</item>`).join("");
  return `<x xmlns="${ns.dataForms}" type="${type}">${head}${columns}${fields.map(printField).join("")}${rows}${extra}</x>`;
}

/** XEP-0068 §3.1. */
export function aboutForm(what: string): FormField {
  return { var: "FORM_TYPE", type: "hidden", values: [what] };
}

/** What the form is about; undefined when it does not say. */
export function formTypeOf(form: DataForm): string | undefined {
  return valueIn(form, "FORM_TYPE");
}

/** Whether the form may be taken for one of this kind: one that says nothing else. */
export function isAbout(form: DataForm, what: string): boolean {
  return (formTypeOf(form) ?? what) === what;
}

export function fieldIn({ fields }: DataForm, name: string): FormField | undefined {
  return fields.find((field) => field.var === name);
}

/** The first value of a field. */
export function valueIn(form: DataForm, name: string): string | undefined {
  return fieldIn(form, name)?.values[0];
}

export function valuesIn(form: DataForm, name: string): readonly string[] | undefined {
  return fieldIn(form, name)?.values;
}

/** XML Schema's boolean (§3.3): `1` and `true`, `0` and `false`. Undefined for anything else. */
export function truthOf(value: string | undefined): boolean | undefined {
  if (value === "1" || value === "true") return true;
  return value === "0" || value === "false" ? false : undefined;
}

function fieldsOf(element: Element): FormField[] | undefined {
  const fields: FormField[] = [];
  const seen = new Set<string>();
  for (const child of element.getChildren("field", ns.dataForms)) {
    const name = child.attrs["var"] ?? "";
    const type = child.attrs["type"];
    if (type !== undefined && !fieldTypes.has(type)) return undefined;
    if (name === "" ? type !== "fixed" : seen.has(name)) return undefined;
    seen.add(name);
    const options = child.getChildren("option", ns.dataForms).map((option) => ({
      value: option.getChildText("value", ns.dataForms) ?? "",
      label: option.attrs["label"],
    }));
    fields.push({
      var: name,
      type: type as FieldType | undefined,
      label: child.attrs["label"],
      desc: child.getChildText("desc", ns.dataForms) ?? undefined,
      required: child.getChild("required", ns.dataForms) === undefined ? undefined : true,
      values: child.getChildren("value", ns.dataForms).map((value) => value.getText()),
      options: options.length === 0 ? undefined : options,
    });
  }
  return fields;
}

function printField({ var: name, type, label, desc, required, values, options }: FormField): string {
  const about = attribute("var", name) + attribute("type", type) + attribute("label", legal(label));
  const choices = (options ?? []).map(
    ({ value, label: said }) => `<option${attribute("label", legal(said))}>${textElement("value", value)}</option>`,
  );
  const inside =
    textElement("desc", desc) +
    (required === true ? "<required/>" : "") +
    values.map((value) => `<value>${escapeText(legalText(value))}</value>`).join("") +
    choices.join("");
  return inside === "" ? `<field${about}/>` : `<field${about}>${inside}</field>`;
}

function instruction(line: string): string {
  return line === "" ? "" : textElement("instructions", line);
}

function textElement(name: string, text: string | undefined): string {
  return text === undefined ? "" : `<${name}>${escapeText(legalText(text))}</${name}>`;
}

function legal(text: string | undefined): string | undefined {
  return text === undefined ? undefined : legalText(text);
}
