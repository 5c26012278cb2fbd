import { clusterPlace } from "../support/place.ts";
import { describeTable } from "./table.ts";

describeTable("two nodes over Postgres and Redis", () => clusterPlace());
