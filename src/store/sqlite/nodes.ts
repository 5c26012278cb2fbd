// Nodes with their items.
import type { Database } from "better-sqlite3";
import type { UserId } from "../../model/ids.ts";
import type { NodeConfig, NodeItem, PubNode } from "../../model/node.ts";
import type { ItemPage, ItemQuery, LastItem, NodeUse } from "../nodes.ts";

const idOf = "(select id from pub_nodes where owner = @owner and name = @name)";

interface Place {
  readonly owner: string;
  readonly name: string;
}

export function nodeWrites(db: Database) {
  const id = db.prepare<Place, number>(`select id from pub_nodes where owner = @owner and name = @name`).pluck();
  const create = db.prepare<[string, string, string, number, UserId]>(
    "insert into pub_nodes (owner, name, config, created_at, created_by) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const makeOwner = db.prepare<[number | bigint, UserId, UserId]>(
    "insert into pub_members (node, address, account, affiliation) values (?, ?, ?, 'owner')",
  );
  const update = db.prepare<[string, number]>("update pub_nodes set config = ? where id = ?");
  const remove = ["pub_nodes where id", "pub_items where node", "pub_members where node"].map((rows) =>
    db.prepare<[number]>(`delete from ${rows} = ?`),
  );
  const forget = db.prepare<[number, string]>("delete from pub_items where node = ? and id = ?");
  const put = db.prepare<[number, string, UserId, number, number, string]>(
    "insert into pub_items (node, id, publisher, at, bytes, payload) values (?, ?, ?, ?, ?, ?)",
  );
  const prune = db.prepare<{ node: number; keep: number }>(`
    delete from pub_items where node = @node and position <=
      (select position from pub_items where node = @node order by position desc limit 1 offset @keep)`);
  const owned = db.prepare<[string], number>("select id from pub_nodes where owner = ?").pluck();
  const leave = db.prepare<[UserId]>("delete from pub_members where account = ?");

  return {
    createNode: ({ owner, name, config, createdAt, createdBy }: PubNode): boolean => {
      const { changes, lastInsertRowid } = create.run(owner, name, JSON.stringify(config), createdAt, createdBy);
      if (changes > 0) makeOwner.run(lastInsertRowid, createdBy, createdBy);
      return changes > 0;
    },
    updateNode: ({ owner, name, config }: PubNode): boolean => {
      const node = id.get({ owner, name });
      if (node === undefined) return false;
      update.run(JSON.stringify(config), node);
      prune.run({ node, keep: config.persistItems ? config.maxItems : 0 });
      return true;
    },
    removeNode: (owner: string, name: string): boolean => {
      const node = id.get({ owner, name });
      if (node !== undefined) for (const statement of remove) statement.run(node);
      return node !== undefined;
    },
    putItems: (owner: string, name: string, items: readonly NodeItem[], keep: number): boolean => {
      const node = id.get({ owner, name });
      if (node === undefined) return false;
      for (const { id: itemId, publisher, at, payload } of items) {
        forget.run(node, itemId);
        put.run(node, itemId, publisher, at, Buffer.byteLength(payload), payload);
      }
      prune.run({ node, keep });
      return true;
    },
    removeItem: (owner: string, name: string, item: string): boolean => {
      const node = id.get({ owner, name });
      return node !== undefined && forget.run(node, item).changes > 0;
    },
    purgeNode: (owner: string, name: string): void => {
      const node = id.get({ owner, name });
      if (node !== undefined) remove[1]!.run(node);
    },
    /** The account's nodes, and its lines in those of others. */
    forgetNodes: (user: UserId): void => {
      for (const node of owned.all(user)) for (const statement of remove) statement.run(node);
      leave.run(user);
    },
  };
}

export type NodeWrites = ReturnType<typeof nodeWrites>;

interface NodeRow {
  readonly owner: string;
  readonly name: string;
  readonly config: string;
  readonly createdAt: number;
  readonly createdBy: UserId;
}

type LastRow = NodeRow & {
  readonly id: string;
  readonly publisher: UserId;
  readonly at: number;
  readonly payload: string;
};

export function nodeReads(db: Database) {
  const columns = "n.owner, n.name, n.config, n.created_at as createdAt, n.created_by as createdBy";
  const one = db.prepare<Place, NodeRow>(`select ${columns} from pub_nodes n where owner = @owner and name = @name`);
  const some = db.prepare<[string, number], NodeRow>(
    `select ${columns} from pub_nodes n where owner = ? order by name limit ?`,
  );
  const use = db.prepare<{ owner: string }, NodeUse>(`
    select (select count(*) from pub_nodes where owner = @owner) as nodes, count(*) as items, coalesce(sum(i.bytes), 0) as bytes
    from pub_nodes n join pub_items i on i.node = n.id where n.owner = @owner`);
  const content = "i.id, i.publisher, i.at, i.payload";
  const item = db.prepare<Place & { id: string }, NodeItem>(
    `select ${content} from pub_items i where node = ${idOf} and id = @id`,
  );
  const place = db
    .prepare<Place & { id: string }, number>(`select position from pub_items where node = ${idOf} and id = @id`)
    .pluck();
  const count = db.prepare<Place, number>(`select count(*) from pub_items where node = ${idOf}`).pluck();
  const before = db
    .prepare<Place & { at: number }, number>(`select count(*) from pub_items where node = ${idOf} and position < @at`)
    .pluck();
  const page = (order: "asc" | "desc") =>
    db.prepare<Place & { after: number; before: number; limit: number }, NodeItem & { position: number }>(`
      select i.position, ${content} from pub_items i
      where node = ${idOf} and position > @after and position < @before order by position ${order} limit @limit`);
  const [first, last] = [page("asc"), page("desc")];
  const lasts = db.prepare<[string, string], LastRow>(`
    select ${columns}, ${content}
    from json_each(?) as wanted join pub_nodes n on n.owner = wanted.value
    join pub_items i on i.position = (select max(position) from pub_items where node = n.id)
    where n.name in (select value from json_each(?))`);

  return {
    node: (owner: string, name: string): PubNode | undefined => {
      const row = one.get({ owner, name });
      return row === undefined ? undefined : nodeOfRow(row);
    },
    nodes: (owner: string, limit: number): readonly PubNode[] => some.all(owner, limit).map(nodeOfRow),
    nodeUse: (owner: string): NodeUse => use.get({ owner })!,
    nodeItem: (owner: string, name: string, id: string): NodeItem | undefined => item.get({ owner, name, id }),
    nodeItems: (owner: string, name: string, query: ItemQuery): ItemPage | undefined => {
      const at = { owner, name };
      const from = query.after === undefined ? 0 : place.get({ ...at, id: query.after });
      const to = query.before === undefined ? Number.MAX_SAFE_INTEGER : place.get({ ...at, id: query.before });
      if (from === undefined || to === undefined) return undefined;
      const rows = (query.fromEnd ? last : first).all({ ...at, after: from, before: to, limit: query.limit });
      if (query.fromEnd) rows.reverse();
      const start = rows[0]?.position ?? (query.fromEnd ? to : from + 1);
      return {
        items: rows.map(({ position: _, ...kept }) => kept),
        count: count.get(at)!,
        index: before.get({ ...at, at: start })!,
      };
    },
    lastItems: (owners: readonly string[], names: readonly string[]): readonly LastItem[] =>
      lasts.all(JSON.stringify(owners), JSON.stringify(names)).map(({ id, publisher, at, payload, ...row }) => ({
        node: nodeOfRow(row),
        item: { id, publisher, at, payload },
      })),
  };
}

function nodeOfRow({ config, ...row }: NodeRow): PubNode {
  return { ...row, config: JSON.parse(config) as NodeConfig };
}
