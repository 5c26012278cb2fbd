// Each client logs in the way it does by itself: SCRAM-SHA-1, SCRAM-SHA-256, CONNECT, `auth`.
import { clientsOf } from "../support/clients/clients.ts";
import { XmppJsApp } from "../support/clients/xmpp-js-app.ts";
import { embeddedPlace, type Place } from "../support/place.ts";

describe("logging in", function () {
  this.timeout(30_000);
  let place: Place;

  before(async () => {
    place = await embeddedPlace();
    await place.here.addUsers(["newcomer"]);
  });

  after(() => place?.[Symbol.asyncDispose]());

  const clients = Object.values(clientsOf).flat();
  for (const { name, open } of clients) {
    it(`works with ${name} as it comes`, async () => {
      const options = { server: place.here, user: "newcomer", device: "new" };
      const app = name === "@xmpp/client" ? new XmppJsApp(options) : open(options);

      await app.connect();

      await app.disconnect();
    });
  }
});
