// A node's config as a form (XEP-0060 §16.4.4), and forms read as a part of a config.
import { accessModels, mostItems, type NodeConfig, type PubNode, publishModels, sendLastModes } from "#core";
import { aboutForm, type DataForm, type FieldType, type FormField, isAbout, truthOf } from "./data-form.ts";
import { StanzaError } from "./faults.ts";
import { ns } from "./namespaces.ts";
import { stamp } from "./print.ts";
import { pubsubError } from "./pubsub-faults.ts";

interface Field<T> {
  readonly type: FieldType;
  readonly label: string;
  readonly options?: readonly string[];
  print(value: T): readonly string[];
  /** Undefined for what it cannot be. */
  read(values: readonly string[]): T | undefined;
}

const text = (label: string): Field<string> => ({
  type: "text-single",
  label,
  print: (value) => (value === "" ? [] : [value]),
  read: ([value = ""]) => (value.length > 1000 ? undefined : value),
});
const truth = (label: string): Field<boolean> => ({
  type: "boolean",
  label,
  print: (value) => [value ? "1" : "0"],
  read: ([value]) => truthOf(value),
});
const oneOf = <T extends string>(label: string, options: readonly T[]): Field<T> => ({
  type: "list-single",
  label,
  options,
  print: (value) => [value],
  read: ([value]) => options.find((option) => option === value),
});
const number = (label: string): Field<number> => ({
  type: "text-single",
  label,
  print: (value) => [`${value}`],
  read: ([value = ""]) => (/^\d{1,10}$/.test(value) && Number(value) > 0 ? Number(value) : undefined),
});

const fields: { readonly [Key in keyof NodeConfig]: readonly [name: string, field: Field<NodeConfig[Key]>] } = {
  title: ["pubsub#title", text("A name for the node")],
  description: ["pubsub#description", text("What it is about")],
  type: ["pubsub#type", text("The namespace of its payloads")],
  accessModel: ["pubsub#access_model", oneOf("Who may subscribe and read", accessModels)],
  rosterGroups: [
    "pubsub#roster_groups_allowed",
    {
      type: "list-multi",
      label: "Groups that may subscribe and read",
      print: (groups) => groups,
      read: (groups) => (groups.length > 100 ? undefined : groups),
    },
  ],
  publishModel: ["pubsub#publish_model", oneOf("Who may publish", publishModels)],
  persistItems: ["pubsub#persist_items", truth("Whether items are kept")],
  maxItems: [
    "pubsub#max_items",
    {
      ...number("How many items are kept"),
      print: (value) => [value >= mostItems ? "max" : `${value}`],
      // `max`: as many as there may be; so is a number beyond that.
      read: ([value = ""]) => (value === "max" ? mostItems : number("").read([value])),
    },
  ],
  maxPayloadSize: ["pubsub#max_payload_size", number("The longest payload, in bytes")],
  sendLast: ["pubsub#send_last_published_item", oneOf("When the last item is sent", sendLastModes)],
  notifyRetract: ["pubsub#notify_retract", truth("Whether subscribers hear of items that are taken back")],
  notifyDelete: ["pubsub#notify_delete", truth("Whether subscribers hear of the node's end")],
  notifyConfig: ["pubsub#notify_config", truth("Whether subscribers hear of changes of the config")],
  notifySub: ["pubsub#notify_sub", truth("Whether owners hear of new subscribers")],
  deliverNotifications: ["pubsub#deliver_notifications", truth("Whether subscribers hear of anything")],
  deliverPayloads: ["pubsub#deliver_payloads", truth("Whether payloads are sent with the news")],
  presenceBased: ["pubsub#presence_based_delivery", truth("Whether only available subscribers hear of it")],
  notificationType: ["pubsub#notification_type", oneOf("The type of the messages", ["normal", "headline"] as const)],
  itemPublisher: ["pubsub#itemreply", truthAsPublisher()],
};

/** `pubsub#itemreply` says whom to answer; saying the publisher names him with each item. */
function truthAsPublisher(): Field<boolean> {
  return {
    type: "list-single",
    label: "Whom to answer",
    options: ["owner", "publisher"],
    print: (value) => [value ? "publisher" : "owner"],
    read: ([value]) => (value === "publisher" ? true : value === "owner" ? false : undefined),
  };
}

const keys = Object.keys(fields) as (keyof NodeConfig)[];
const keyOf = new Map(keys.map((key) => [fields[key][0], key] as const));

export const nodeConfigForm = `${ns.pubsub}#node_config`;
export const publishOptionsForm = `${ns.pubsub}#publish-options`;
export const metaDataForm = `${ns.pubsub}#meta-data`;

export function configForm(config: NodeConfig, type: "form" | "result"): DataForm {
  const printed = keys.map((key): FormField => {
    const [name, field] = fields[key] as readonly [string, Field<unknown>];
    const values = field.print(config[key]);
    if (type === "result") return { var: name, values };
    const options = field.options?.map((value) => ({ value }));
    return { var: name, type: field.type, label: field.label, values, options };
  });
  return { type, fields: [aboutForm(nodeConfigForm), ...printed] };
}

/** §5.4. */
export function metaData(
  { config, createdAt, createdBy }: PubNode,
  counts: Readonly<Record<string, number>>,
): DataForm {
  const said = [
    ["pubsub#type", config.type],
    ["pubsub#title", config.title],
    ["pubsub#description", config.description],
    ["pubsub#creator", createdBy],
    ["pubsub#creation_date", stamp(createdAt)],
    ["pubsub#access_model", config.accessModel],
    ["pubsub#publish_model", config.publishModel],
    ["pubsub#max_items", fields.maxItems[1].print(config.maxItems)[0]!],
    ...Object.entries(counts).map(([name, count]) => [name, `${count}`] as const),
  ] as const;
  return {
    type: "result",
    fields: [
      aboutForm(metaDataForm),
      ...said.filter(([, value]) => value !== "").map(([name, value]) => ({ var: name, values: [value] })),
    ],
  };
}

/** What the form sets. Fields nobody knows are told apart; a value that cannot be is refused. */
export function readConfig(
  form: DataForm,
  about: string,
): { readonly config: Partial<NodeConfig>; readonly unknown: readonly string[] } {
  if (!isAbout(form, about)) throw new StanzaError("bad-request", "a form about something else");
  const config: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const { var: name, values } of form.fields) {
    if (name === "FORM_TYPE" || name === "") continue;
    const key = keyOf.get(name);
    if (key === undefined) {
      unknown.push(name);
      continue;
    }
    const value = (fields[key][1] as Field<unknown>).read(values);
    // §8.1.2, §8.2.5.
    if (value === undefined && key === "accessModel") throw pubsubError("not-acceptable", "no such model", "unsupported-access-model"); // prettier-ignore
    if (value === undefined) throw new StanzaError("not-acceptable", `no such ${name}`);
    config[key] = value;
  }
  return { config, unknown };
}
