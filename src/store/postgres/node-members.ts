// Who stands in some way to a node: affiliations of accounts, subscriptions of accounts and devices.
import type { UserId } from "../../model/ids.ts";
import type { NodeAffiliation, NodeMember, NodeSubscription } from "../../model/node.ts";
import type { Database } from "./connection.ts";
import { nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { nodeId } from "./nodes.ts";
import { fromText, toText } from "./text.ts";

const affiliate = {
  name: "node_affiliate",
  text: `
    insert into pub_members (node, address, account, affiliation)
    select id, $3, $4, $5 from pub_nodes where id = ${nodeId} for share
    on conflict (node, address) do update set affiliation = excluded.affiliation returning node`,
};
const subscribe = {
  name: "node_subscribe",
  text: `
    insert into pub_members (node, address, account, affiliation, subscription)
    select id, $3, $4, 'none', $5 from pub_nodes where id = ${nodeId} for share
    on conflict (node, address) do update set subscription = excluded.subscription returning node`,
};
const unsubscribe = {
  name: "node_unsubscribe",
  text: `
    update pub_members set subscription = null
    where node = ${nodeId} and address = $3 and subscription is not null returning node`,
};
const tidy = {
  name: "node_tidy",
  text: `
    delete from pub_members
    where node = ${nodeId} and address = $3 and affiliation = 'none' and subscription is null`,
};
const select = `
  select n.name as node, m.address, a.name as account, m.affiliation, m.subscription
  from pub_nodes n join pub_members m on m.node = n.id join names a on a.id = m.account`;
const ofNode = { name: "node_members", text: `${select} where n.id = ${nodeId} order by m.address` };
const ofAccount = {
  name: "node_memberships",
  text: `${select} where n.owner = ${nameId("$1")} and m.account = ${nameId("$2")} order by n.name, m.address`,
};

interface MemberRow {
  readonly node: string;
  readonly address: string;
  readonly account: string;
  readonly affiliation: NodeAffiliation;
  readonly subscription: string | null;
}

export function nodeMembersOf(database: Database, names: Names) {
  return {
    nodeMembers: async (owner: string, name: string): Promise<readonly NodeMember[]> =>
      (await database.ask<MemberRow>(ofNode, toText(owner), toText(name))).map(memberOfRow),
    nodeMemberships: async (owner: string, account: UserId): Promise<readonly NodeMember[]> =>
      (await database.ask<MemberRow>(ofAccount, toText(owner), toText(account))).map(memberOfRow),
    putNodeAffiliation: async (
      owner: string,
      name: string,
      account: UserId,
      affiliation: NodeAffiliation,
    ): Promise<boolean> => {
      const place = [toText(owner), toText(name), toText(account)];
      const number = (await names.names([account]))(account);
      const put = await database.ask(affiliate, ...place, number, affiliation);
      if (affiliation === "none") await database.ask(tidy, ...place);
      return put.length > 0;
    },
    putNodeSubscription: async (owner: string, name: string, subscription: NodeSubscription): Promise<boolean> => {
      const { address, account, ...rest } = subscription;
      const number = (await names.names([account]))(account);
      const place = [toText(owner), toText(name), toText(address)];
      return (await database.ask(subscribe, ...place, number, toText(JSON.stringify(rest)))).length > 0;
    },
    removeNodeSubscription: async (owner: string, name: string, address: string): Promise<boolean> => {
      const place = [toText(owner), toText(name), toText(address)];
      const gone = (await database.ask(unsubscribe, ...place)).length > 0;
      await database.ask(tidy, ...place);
      return gone;
    },
  };
}

function memberOfRow({ subscription, ...row }: MemberRow): NodeMember {
  const [address, account] = [fromText(row.address), fromText(row.account) as UserId];
  const kept = subscription === null ? undefined : { address, account, ...JSON.parse(fromText(subscription)) };
  return { node: fromText(row.node), address, account, affiliation: row.affiliation, subscription: kept };
}
