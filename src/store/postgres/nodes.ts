// Nodes with their items.
import type { UserId } from "../../model/ids.ts";
import type { NodeConfig, NodeItem, PubNode } from "../../model/node.ts";
import type { ItemPage, ItemQuery, LastItem, NodeUse } from "../nodes.ts";
import type { Connection, Database } from "./connection.ts";
import { nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { fromText, toText } from "./text.ts";

const columns = `o.name as owner, n.name, n.config, n.created_at as "createdAt", c.name as "createdBy"`;
const joined = "pub_nodes n join names o on o.id = n.owner join names c on c.id = n.created_by";
const content = "i.id, p.name as publisher, i.at, i.payload";
const ownedBy = `n.owner = ${nameId("$1")}`;
/** The node's number; `$1` and `$2` are its owner and its name. */
export const nodeId = `(select id from pub_nodes where owner = ${nameId("$1")} and name = $2)`;

const statements = {
  one: `select ${columns} from ${joined} where ${ownedBy} and n.name = $2`,
  some: `select ${columns} from ${joined} where ${ownedBy} order by n.name limit $2`,
  use: `
    select (select count(*) from pub_nodes n where ${ownedBy}) as nodes, count(*) as items,
      coalesce(sum(i.bytes), 0)::bigint as bytes
    from pub_nodes n join pub_items i on i.node = n.id where ${ownedBy}`,
  create: `
    insert into pub_nodes (owner, name, config, created_at, created_by) values ($1, $2, $3, $4, $5)
    on conflict do nothing returning id`,
  own: "insert into pub_members (node, address, account, affiliation) values ($1, $2, $3, 'owner')",
  update: `update pub_nodes set config = $3 where id = ${nodeId} returning id`,
  remove: `delete from pub_nodes where id = ${nodeId} returning id`,
  // The node's row is the lock on its items: they are put in one order, and none into a node that goes.
  lock: `select id from pub_nodes where id = ${nodeId} for update`,
  forget: "delete from pub_items where node = $1 and id = $2 returning id",
  put: "insert into pub_items (node, id, publisher, at, bytes, payload) values ($1, $2, $3, $4, $5, $6)",
  prune: `
    delete from pub_items where node = $1 and position <=
      (select position from pub_items where node = $1 order by position desc limit 1 offset $2)`,
  purge: `delete from pub_items where node = ${nodeId}`,
  item: `select ${content} from pub_items i join names p on p.id = i.publisher where node = ${nodeId} and i.id = $3`,
  place: `select position from pub_items where node = ${nodeId} and id = $3`,
  count: `
    select count(*) as count, count(*) filter (where position < $3) as before from pub_items where node = ${nodeId}`,
  lasts: `
    select ${columns}, ${content}
    from ${joined} join pub_items i on i.node = n.id and i.position = (select max(position) from pub_items where node = n.id)
    join names p on p.id = i.publisher
    where n.owner in (select id from names where key in (select sha256(convert_to(w, 'UTF8')) from unnest($1::text[]) w))
      and n.name = any($2::text[])`,
} as const;
const page = (order: "asc" | "desc"): string => `
  select i.position, ${content} from pub_items i join names p on p.id = i.publisher
  where node = ${nodeId} and position > $3 and position < $4 order by position ${order} limit $5`;

const statement = (name: keyof typeof statements) => ({ name: `node_${name}`, text: statements[name] });
const first = { name: "node_first", text: page("asc") };
const last = { name: "node_last", text: page("desc") };

interface NodeRow {
  readonly owner: string;
  readonly name: string;
  readonly config: string;
  readonly createdAt: number;
  readonly createdBy: string;
}

interface ItemRow {
  readonly id: string;
  readonly publisher: string;
  readonly at: number;
  readonly payload: string;
}

interface Numbered {
  readonly id: number;
}

export function nodesOf(database: Database, names: Names) {
  const place = async (owner: string, name: string, id: string): Promise<number | undefined> =>
    (await database.ask<{ position: number }>(statement("place"), toText(owner), toText(name), toText(id)))[0]
      ?.position;
  const prune = (connection: Connection, node: number, keep: number) => connection.ask(statement("prune"), node, keep);

  return {
    node: async (owner: string, name: string): Promise<PubNode | undefined> => {
      const [row] = await database.ask<NodeRow>(statement("one"), toText(owner), toText(name));
      return row === undefined ? undefined : nodeOfRow(row);
    },
    nodes: async (owner: string, limit: number): Promise<readonly PubNode[]> =>
      (await database.ask<NodeRow>(statement("some"), toText(owner), limit)).map(nodeOfRow),
    nodeUse: async (owner: string): Promise<NodeUse> =>
      (await database.ask<NodeUse>(statement("use"), toText(owner)))[0]!,
    createNode: async ({ owner, name, config, createdAt, createdBy }: PubNode): Promise<boolean> => {
      const number = await names.names([owner, createdBy]);
      const values = [toText(name), toText(JSON.stringify(config)), createdAt, number(createdBy)];
      return database.transaction(async (connection) => {
        const [made] = await connection.ask<Numbered>(statement("create"), number(owner), ...values);
        if (made === undefined) return false;
        await connection.ask(statement("own"), made.id, toText(createdBy), number(createdBy));
        return true;
      });
    },
    updateNode: ({ owner, name, config }: PubNode): Promise<boolean> =>
      database.transaction(async (connection) => {
        const values = [toText(owner), toText(name), toText(JSON.stringify(config))];
        const [node] = await connection.ask<Numbered>(statement("update"), ...values);
        if (node !== undefined) await prune(connection, node.id, config.persistItems ? config.maxItems : 0);
        return node !== undefined;
      }),
    removeNode: async (owner: string, name: string): Promise<boolean> =>
      (await database.ask(statement("remove"), toText(owner), toText(name))).length > 0,
    putItems: async (owner: string, name: string, items: readonly NodeItem[], keep: number): Promise<boolean> => {
      const number = await names.names(items.map(({ publisher }) => publisher));
      return database.transaction(async (connection) => {
        const [node] = await connection.ask<Numbered>(statement("lock"), toText(owner), toText(name));
        if (node === undefined) return false;
        for (const { id, publisher, at, payload } of items) {
          await connection.ask(statement("forget"), node.id, toText(id));
          const bytes = Buffer.byteLength(payload);
          await connection.ask(statement("put"), node.id, toText(id), number(publisher), at, bytes, toText(payload));
        }
        await prune(connection, node.id, keep);
        return true;
      });
    },
    removeItem: (owner: string, name: string, id: string): Promise<boolean> =>
      database.transaction(async (connection) => {
        const [node] = await connection.ask<Numbered>(statement("lock"), toText(owner), toText(name));
        return node !== undefined && (await connection.ask(statement("forget"), node.id, toText(id))).length > 0;
      }),
    purgeNode: async (owner: string, name: string): Promise<void> =>
      void (await database.ask(statement("purge"), toText(owner), toText(name))),
    nodeItem: async (owner: string, name: string, id: string): Promise<NodeItem | undefined> => {
      const [row] = await database.ask<ItemRow>(statement("item"), toText(owner), toText(name), toText(id));
      return row === undefined ? undefined : itemOfRow(row);
    },
    nodeItems: async (owner: string, name: string, query: ItemQuery): Promise<ItemPage | undefined> => {
      const from = query.after === undefined ? 0 : await place(owner, name, query.after);
      const to = query.before === undefined ? Number.MAX_SAFE_INTEGER : await place(owner, name, query.before);
      if (from === undefined || to === undefined) return undefined;
      const at = [toText(owner), toText(name)];
      const ordered = query.fromEnd ? last : first;
      const found = await database.ask<ItemRow & { position: number }>(ordered, ...at, from, to, query.limit);
      const rows = query.fromEnd ? found.toReversed() : found;
      const start = rows[0]?.position ?? (query.fromEnd ? to : from + 1);
      const [counted] = await database.ask<{ count: number; before: number }>(statement("count"), ...at, start);
      return { items: rows.map(itemOfRow), count: counted!.count, index: counted!.before };
    },
    lastItems: async (owners: readonly string[], wanted: readonly string[]): Promise<readonly LastItem[]> => {
      const rows = await database.ask<NodeRow & ItemRow>(statement("lasts"), owners.map(toText), wanted.map(toText));
      return rows.map((row) => ({ node: nodeOfRow(row), item: itemOfRow(row) }));
    },
  };
}

function nodeOfRow({ owner, name, config, createdAt, createdBy }: NodeRow): PubNode {
  return {
    owner: fromText(owner),
    name: fromText(name),
    config: JSON.parse(fromText(config)) as NodeConfig,
    createdAt,
    createdBy: fromText(createdBy) as UserId,
  };
}

function itemOfRow({ id, publisher, at, payload }: ItemRow): NodeItem {
  return { id: fromText(id), publisher: fromText(publisher) as UserId, at, payload: fromText(payload) };
}
