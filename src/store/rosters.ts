// How long it is remembered what was taken off a contact list.

/** Changes after which a removal is forgotten: whoever has an older list gets a whole one. */
export const rememberedChanges = 1000;

/** Whether what changed since can no longer be told. */
export function isTooOld(since: number | undefined, version: number): boolean {
  return since === undefined || since > version || since < version - rememberedChanges;
}
