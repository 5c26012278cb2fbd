// What runs inside Redis. Every key carries the one hash tag `{prefix}`, so that in a Redis Cluster all of a
// deployment's keys share a slot and a script may reach the inboxes it finds by looking them up.
//
//   {prefix}:members          set of members that may be alive (a member is one run of a node)
//   {prefix}:lease:<member>   its epoch; expires when the member no longer refreshes it
//   {prefix}:inbox:<member>   stream; ids are <epoch>-1, <epoch>-2 …, dense, so that a reader sees what was trimmed
//   {prefix}:watch:<key>      set of members that want to hear what is announced under the key
//   {prefix}:watched:<member> set of the keys it watches, to clean up after it
import type { Redis } from "ioredis";

/** What an inbox entry is. */
export const kinds = { ring: "r", ringAfterLoss: "g", up: "u", down: "d" } as const;

const inboxBound = 8192;

const prelude = `
local base, self = ARGV[1], ARGV[2]
local function epoch_of(member) return redis.call('GET', base .. ':lease:' .. member) end
local function put(member, epoch, number, kind, events)
  redis.call('XADD', base .. ':inbox:' .. member, 'MAXLEN', '~', ${inboxBound}, epoch .. '-*',
    'f', self, 'n', number, 'k', kind, 'e', events)
end
local function living()
  local list, dead = {}, {}
  for _, member in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    if member ~= self then
      local epoch = epoch_of(member)
      if epoch then list[#list + 1] = member list[#list + 1] = epoch else dead[#dead + 1] = member end
    end
  end
  return list, dead
end
local function tell_others(kind)
  local list = living()
  for at = 1, #list, 2 do put(list[at], list[at + 1], 0, kind, '') end
end
`;

/** ARGV: base, self, lease in ms, an epoch to stay above. Gives the new epoch, the living, the dead. */
const join = `${prelude}
local time = redis.call('TIME')
local epoch = time[1] * 1000 + math.floor(time[2] / 1000)
if epoch <= tonumber(ARGV[4]) then epoch = tonumber(ARGV[4]) + 1 end
epoch = string.format('%.0f', epoch)
redis.call('SADD', KEYS[1], self)
redis.call('SET', base .. ':lease:' .. self, epoch, 'PX', ARGV[3])
redis.call('DEL', base .. ':inbox:' .. self)
put(self, epoch, 0, '${kinds.up}', '') -- so that an inbox that does not exist has been lost
tell_others('${kinds.up}')
local list, dead = living()
return { epoch, list, dead }
`;

/**
 * ARGV: base, self, lease in ms, how far its inbox is read. Gives the epoch ('' when the lease or the inbox is gone),
 * how many keys Redis thinks are watched, the living, the dead.
 */
const refresh = `${prelude}
local epoch, inbox, read = epoch_of(self), base .. ':inbox:' .. self, tonumber(ARGV[4])
local written = -1
local info = redis.pcall('XINFO', 'STREAM', inbox)
for at = 1, #info - 1, 2 do
  if info[at] == 'last-generated-id' then written = tonumber(string.match(info[at + 1], '%d+$')) end
end
if not epoch or written < read then return { '', 0, {}, {} } end
redis.call('PEXPIRE', base .. ':lease:' .. self, ARGV[3])
redis.call('SADD', KEYS[1], self)
redis.call('XTRIM', inbox, 'MINID', epoch .. '-' .. string.format('%.0f', read + 1))
local list, dead = living()
return { epoch, redis.call('SCARD', base .. ':watched:' .. self), list, dead }
`;

/** ARGV: base, self, then '+' or '-' before each key. Gives 0 when the lease is gone. */
const interest = `${prelude}
if not epoch_of(self) then return 0 end
for at = 3, #ARGV do
  local change, key = string.sub(ARGV[at], 1, 1), string.sub(ARGV[at], 2)
  local command = change == '+' and 'SADD' or 'SREM'
  redis.call(command, base .. ':watch:' .. key, self)
  redis.call(command, base .. ':watched:' .. self, key)
end
return 1
`;

/**
 * ARGV: base, self, batch number, kind, how many keys, the keys, then for each announcement the places of its keys
 * ('1,3') and its JSON. Each interested member gets one entry with all that it wants, in order; after a loss every
 * member gets one. Gives -1 when the lease is gone: then nothing is announced until the member has joined again.
 */
const ring = `${prelude}
if not epoch_of(self) then return -1 end
local number, kind, keys = ARGV[3], ARGV[4], tonumber(ARGV[5])
local watchers, lists = {}, {}
for place = 1, keys do watchers[place] = redis.call('SMEMBERS', base .. ':watch:' .. ARGV[5 + place]) end
if kind == '${kinds.ringAfterLoss}' then
  for _, member in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    if member ~= self then lists[member] = {} end
  end
end
for at = 6 + keys, #ARGV, 2 do
  for place in string.gmatch(ARGV[at], '%d+') do
    for _, member in ipairs(watchers[tonumber(place)]) do
      if member ~= self then
        local list = lists[member]
        if not list then list = {} lists[member] = list end
        if list.last ~= at then
          list.last = at
          list[#list + 1] = ARGV[at + 1]
        end
      end
    end
  end
end
local rung = 0
for member, list in pairs(lists) do
  local epoch = epoch_of(member)
  if epoch then
    put(member, epoch, number, kind, '[' .. table.concat(list, ',') .. ']')
    rung = rung + 1
  else
    for place = 1, keys do redis.call('SREM', base .. ':watch:' .. ARGV[5 + place], member) end
  end
end
return rung
`;

/** ARGV: base, self. The others are told; what it watched is left to \`reap\`. */
const leave = `${prelude}
redis.call('DEL', base .. ':lease:' .. self, base .. ':inbox:' .. self)
tell_others('${kinds.down}')
return 1
`;

/** ARGV: base, a member. Removes some of what a member without a lease has left; gives 1 while there is more. */
const reap = `${prelude}
if epoch_of(self) then return 0 end
local keys = redis.call('SPOP', base .. ':watched:' .. self, 500)
for _, key in ipairs(keys) do redis.call('SREM', base .. ':watch:' .. key, self) end
if #keys == 500 then return 1 end
redis.call('SREM', KEYS[1], self)
redis.call('DEL', base .. ':inbox:' .. self)
return 0
`;

type Arg = string | number;

/** Members and their epochs in turn. */
export type Living = readonly string[];

export interface Scripts {
  busJoin(members: string, ...args: Arg[]): Promise<[epoch: string, living: Living, dead: readonly string[]]>;
  busRefresh(
    members: string,
    ...args: Arg[]
  ): Promise<[epoch: string, watched: number, living: Living, dead: readonly string[]]>;
  busInterest(members: string, ...args: Arg[]): Promise<number>;
  busRing(members: string, ...args: Arg[]): Promise<number>;
  busLeave(members: string, ...args: Arg[]): Promise<number>;
  busReap(members: string, ...args: Arg[]): Promise<number>;
}

/** Loads each script once a connection (EVAL first, EVALSHA from then on). */
export function withScripts(redis: Redis): Redis & Scripts {
  const scripts = {
    busJoin: join,
    busRefresh: refresh,
    busInterest: interest,
    busRing: ring,
    busLeave: leave,
    busReap: reap,
  };
  for (const [name, lua] of Object.entries(scripts)) redis.defineCommand(name, { lua, numberOfKeys: 1 });
  return redis as Redis & Scripts;
}
