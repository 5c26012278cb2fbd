// Where a publication has been: a user property that every bridge adds its server's name to, so that rings end.
import { userProperty } from "../properties.ts";

/** Not one of the standard's; other brokers carry it unread. */
export const pathProperty = "trivium-path";

/** Servers on the way of one publication; a longer way is a ring that we do not see through. */
const longest = 16;

const mark = Buffer.from(pathProperty);

/** Whether a client's publication, with these checked properties, is one of ours that a bridge brings back. */
export function cameBack(forwarded: Buffer, server: string): boolean {
  if (!forwarded.includes(mark)) return false; // nearly all: seen at once
  const path = userProperty(forwarded, pathProperty);
  return path !== undefined && path.split(",").includes(server);
}

export type UserProperties = readonly (readonly [name: string, value: string])[];

/** The servers it was at, oldest first. */
export function pathOf(properties: UserProperties | undefined): readonly string[] {
  const path = properties?.find(([name]) => name === pathProperty)?.[1];
  return path === undefined || path === "" ? [] : path.split(",");
}

/** Whether it has been at this server, or at too many. */
export function wentRound(path: readonly string[], server: string): boolean {
  return path.length >= longest || path.includes(server);
}

/** The properties with this server at the end of the path. */
export function withPath(properties: UserProperties | undefined, server: string): UserProperties {
  const others = (properties ?? []).filter(([name]) => name !== pathProperty);
  return [...others, [pathProperty, [...pathOf(properties), server].join(",")]];
}
