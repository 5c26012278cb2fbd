import { embeddedPlace } from "../support/place.ts";
import { describeTable } from "./table.ts";

describeTable("one embedded node", () => embeddedPlace());
