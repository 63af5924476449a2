import { expect, test } from "vitest";
import { answerTo, challengeIn } from "../../src/source/challenge.js";

const mufasa = { user: "Mufasa", password: "Circle Of Life" };

/** The example of RFC 2617, section 3.5. */
const HEAD = `HTTP/1.1 401 Unauthorized
WWW-Authenticate: Basic realm="WallyWorld"
WWW-Authenticate: Digest realm="testrealm@host.com", qop="auth,auth-int",
 nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`.replace(",\n ", ", ");

function check(head: string, expected: string | undefined, cnonce?: string): void {
  const challenge = challengeIn(head.replaceAll("\n", "\r\n"));
  expect(challenge && answerTo(challenge, mufasa, "GET", "/dir/index.html", 1, cnonce)).toBe(expected);
}

test("a digest is answered as in the example of RFC 2617", () => {
  check(
    HEAD,
    'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
      'uri="/dir/index.html", response="6629fae49393a05397450978507c4ef1", qop=auth, nc=00000001, cnonce="0a4f113b", ' +
      'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    "0a4f113b",
  );
});

test("a digest without qop, as cameras ask for it by RTSP, is answered as in RFC 2069", () => {
  const head =
    'RTSP/1.0 401 Unauthorized\nWWW-Authenticate: Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"';
  check(
    head,
    'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
      'uri="/dir/index.html", response="670fd8c2df070c60b045671b8b24ff02"',
  );
});

test("SHA-256 is answered as in the example of RFC 7616", () => {
  const challenge = challengeIn(
    'HTTP/1.1 401\r\nWWW-Authenticate: Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  );
  const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  const answer = challenge && answerTo(challenge, mufasa, "GET", "/dir/index.html", 1, cnonce);
  // The RFC's password is "Circle of Life".
  const small =
    challenge &&
    answerTo(challenge, { user: "Mufasa", password: "Circle of Life" }, "GET", "/dir/index.html", 1, cnonce);
  expect(answer).not.toBe(small);
  expect(small).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
});

test("where nothing better is asked for the password is sent, and what cannot be answered is not", () => {
  check('HTTP/1.1 401 No\nWWW-Authenticate: Basic realm="camera"', "Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl");
  check(
    'HTTP/1.1 401 No\nWWW-Authenticate: Digest nonce="1", algorithm=SHA-512-256\nWWW-Authenticate: Basic',
    "Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl",
  );
  check("HTTP/1.1 401 No\nWWW-Authenticate: Negotiate", undefined);
  check("HTTP/1.1 401 No", undefined);
});
