// An OpenID Connect server before which the app signs in: npm `oidc-provider`, with one client, pages of its own for signing
// in and consent, and an API for the app. Listens on two free ports, says which in one line of JSON, and ends with its
// standard input.
//
//   POST /test/app {"site"}   registers the app's redirect addresses; before it the server is down (503)
//   POST /test/rotate         signs with another key from now on, the old one is withdrawn
//   POST /test/late           codes are gone when they are exchanged, until the next /test/app
//   GET  /test/asked          what came to the token endpoint, in order: how the client authenticated, what it sent
//
// The API answers `/api/roles` (a `rolesSource`) and `/api/echo`; `GET /test/asked` on its port gives what it was sent.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import process from "node:process";
import Provider from "oidc-provider";

const users = {
  zoe: { name: "Zoë Ångström 漢字", email: "zoe@pond.example", email_verified: true, groups: ["divers"] },
  // An ID token of some ten thousand bytes.
  max: { name: "Max", email: "max@pond.example", email_verified: true, groups: Array.from({ length: 200 }, (_, index) => `group-${index}-${"x".repeat(40)}`) },
};

function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
}

function page(title, body) {
  return `<!doctype html><html lang="en"><title>${title}</title><link rel="icon" href="data:,"><h1>${title}</h1>${body}`;
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function listening(server) {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}

let provider;
let site;
let key = newKey();
let late = false;
const atTokenEndpoint = [];

function build(issuer) {
  provider = new Provider(issuer, {
    clients: [
      {
        client_id: "cygnet-app",
        client_secret: "a secret with a % and a +",
        redirect_uris: [`${site}/.auth/login/pond/callback`],
        post_logout_redirect_uris: [`${site}/.auth/logout/pond/callback`],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    jwks: { keys: [key] },
    clientAuthMethods: ["client_secret_basic"],
    pkce: { required: () => true },
    // What most real servers do: claims of the scopes are in the ID token.
    conformIdTokenClaims: false,
    scopes: ["openid", "profile", "email"],
    claims: { openid: ["sub"], profile: ["name", "groups"], email: ["email", "email_verified"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...users[id] }) }),
    cookies: { keys: ["for tests only"] },
    ttl: { AuthorizationCode: 60, IdToken: 30, AccessToken: 30, Interaction: 300, Session: 300, Grant: 300 },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        logoutSource: (ctx, form) => {
          ctx.body = page("Leave the pond?", `${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>`);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = page("You left the pond", "");
        },
      },
    },
    renderError: (ctx, { error, error_description }) => {
      ctx.body = page("The pond refuses", `<p>${error}: ${error_description}`);
    },
  });
}

/** Signing in and consent: a form each. */
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  const finish = (result, options) => provider.interactionFinished(request, response, result, options);
  if (request.method === "GET") {
    const form = prompt.name === "login"
      ? page("Who swims?", '<form method="post"><label>Name <input name="login" autofocus></label><button>Dive</button></form>')
      : page("May the app know you?", '<form method="post"><button name="answer" value="yes">Allow</button><button name="answer" value="no">Deny</button></form>');
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(form);
    return;
  }
  const fields = new URLSearchParams(await bodyOf(request));
  if (prompt.name === "login") {
    await finish({ login: { accountId: fields.get("login") } });
  } else if (fields.get("answer") === "yes") {
    const { accountId } = session;
    const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    await finish({ consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
  } else {
    await finish({ error: "access_denied", error_description: "The <swimmer> said no." });
  }
}

function asJson(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

const server = createServer(async (request, response) => {
  try {
    if (request.url === "/test/app") {
      ({ site } = JSON.parse(await bodyOf(request)));
      late = false;
      build(issuer);
      asJson(response, 200, {});
    } else if (request.url === "/test/rotate") {
      key = newKey();
      build(issuer);
      asJson(response, 200, { kid: key.kid });
    } else if (request.url === "/test/late") {
      late = true;
      asJson(response, 200, {});
    } else if (request.url === "/test/asked") {
      asJson(response, 200, atTokenEndpoint);
    } else if (!provider) {
      response.writeHead(503, { "content-type": "text/plain" }).end("the pond is dry");
    } else if (request.url.startsWith("/interaction/")) {
      await interact(request, response);
    } else {
      if (request.url === "/token") {
        const fields = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
        const [scheme] = (request.headers.authorization ?? "none").split(" ");
        atTokenEndpoint.push({ scheme: scheme.toLowerCase(), fields: Object.keys(fields).sort() });
        if (late) await (await provider.AuthorizationCode.find(fields.code)).destroy();
        request.body = fields;
      }
      await provider.callback()(request, response);
    }
  } catch (error) {
    console.error(error);
    response.destroy();
  }
});

const atApi = [];
const api = createServer(async (request, response) => {
  if (request.url === "/test/asked") {
    asJson(response, 200, atApi);
    return;
  }
  const { method, url, headers } = request;
  const body = await bodyOf(request);
  atApi.push({ method, url, headers, body });
  asJson(response, 200, url === "/api/roles" ? { roles: ["reader"] } : headers);
});

const issuer = `http://127.0.0.1:${await listening(server)}`;
const apiPort = await listening(api);
console.log(JSON.stringify({ issuer, api: `http://127.0.0.1:${apiPort}` }));
process.stdin.on("end", () => process.exit(0)).resume();
