// The smallest broker that aedes makes: everything in memory, anybody may log in. Prints its port.
import { Aedes } from "aedes";
import { createServer } from "node:net";

const broker = await Aedes.createBroker({ concurrency: 1_000, queueLimit: 100_000 });
const server = createServer({ noDelay: true }, (socket) => broker.handle(socket));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(`listening on ${typeof address === "object" ? address?.port : address}`);
});
