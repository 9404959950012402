// An authorization server on a free port of 127.0.0.1: oidc-provider, configured. Prints its issuer once it listens;
// ends when standard input does. Argument: the folder of its node_modules.
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const module = join(process.argv[2], "oidc-provider", "lib", "index.js");
const { Provider } = await import(pathToFileURL(module).href);

const grants = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];
const native = { application_type: "native", grant_types: grants, response_types: ["code"] };
const redirects = { redirect_uris: ["http://127.0.0.1"] };
const clients = [
  { ...native, ...redirects, client_id: "public", token_endpoint_auth_method: "none" },
  { ...native, ...redirects, client_id: "desktop", client_secret: "s%cr+t/x".repeat(4), token_endpoint_auth_method: "client_secret_basic" },
];

const listener = createServer();
listener.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${listener.address().port}`;
  const provider = new Provider(issuer, {
    clients,
    scopes: ["openid", "offline_access", "mail"],
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true }, revocation: { enabled: true } },
    ttl: { AccessToken: 3600, DeviceCode: 600, RefreshToken: 86400, Grant: 86400, Interaction: 600, Session: 600 },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  });
  listener.on("request", provider.callback());
  console.log(issuer);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
