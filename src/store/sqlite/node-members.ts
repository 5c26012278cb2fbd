// Who stands in some way to a node: affiliations of accounts, subscriptions of accounts and devices.
import type { Database } from "better-sqlite3";
import type { UserId } from "../../model/ids.ts";
import type { NodeAffiliation, NodeMember, NodeSubscription } from "../../model/node.ts";

interface Place {
  readonly owner: string;
  readonly name: string;
}

const idOf = "(select id from pub_nodes where owner = @owner and name = @name)";

export function nodeMemberWrites(db: Database) {
  const there = db.prepare<Place, number>(`select ${idOf} is not null`).pluck();
  const affiliate = db.prepare<Place & { account: UserId; affiliation: string }>(`
    insert into pub_members (node, address, account, affiliation) values (${idOf}, @account, @account, @affiliation)
    on conflict do update set affiliation = excluded.affiliation`);
  const subscribe = db.prepare<Place & { address: string; account: UserId; subscription: string }>(`
    insert into pub_members (node, address, account, affiliation, subscription)
    values (${idOf}, @address, @account, 'none', @subscription)
    on conflict do update set subscription = excluded.subscription`);
  const unsubscribe = db.prepare<Place & { address: string }>(`
    update pub_members set subscription = null
    where node = ${idOf} and address = @address and subscription is not null`);
  const tidy = db.prepare<Place & { address: string }>(`
    delete from pub_members
    where node = ${idOf} and address = @address and affiliation = 'none' and subscription is null`);

  return {
    putNodeAffiliation: (owner: string, name: string, account: UserId, affiliation: NodeAffiliation): boolean => {
      const place = { owner, name };
      if (there.get(place) !== 1) return false;
      affiliate.run({ ...place, account, affiliation });
      tidy.run({ ...place, address: account });
      return true;
    },
    putNodeSubscription: (owner: string, name: string, { address, account, ...rest }: NodeSubscription): boolean => {
      const place = { owner, name };
      if (there.get(place) !== 1) return false;
      subscribe.run({ ...place, address, account, subscription: JSON.stringify(rest) });
      return true;
    },
    removeNodeSubscription: (owner: string, name: string, address: string): boolean => {
      const place = { owner, name, address };
      const gone = unsubscribe.run(place).changes > 0;
      tidy.run(place);
      return gone;
    },
  };
}

interface MemberRow {
  readonly node: string;
  readonly address: string;
  readonly account: UserId;
  readonly affiliation: NodeAffiliation;
  readonly subscription: string | null;
}

export function nodeMemberReads(db: Database) {
  const select = `
    select n.name as node, m.address, m.account, m.affiliation, m.subscription
    from pub_nodes n join pub_members m on m.node = n.id`;
  const ofNode = db.prepare<Place, MemberRow>(`${select} where n.owner = @owner and n.name = @name order by m.address`);
  const ofAccount = db.prepare<[string, UserId], MemberRow>(
    `${select} where n.owner = ? and m.account = ? order by n.name, m.address`,
  );
  return {
    nodeMembers: (owner: string, name: string): readonly NodeMember[] => ofNode.all({ owner, name }).map(memberOfRow),
    nodeMemberships: (owner: string, account: UserId): readonly NodeMember[] =>
      ofAccount.all(owner, account).map(memberOfRow),
  };
}

function memberOfRow({ subscription, ...row }: MemberRow): NodeMember {
  const { address, account } = row;
  return {
    ...row,
    subscription: subscription === null ? undefined : { address, account, ...JSON.parse(subscription) },
  };
}
