import { Fault } from "#core";
export const x = new Fault("bad-request", "x");
