/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Parts of requests, random or nearly right. */
public final class HostileInput {

    private static final List<String> SCHEMES = List.of(
            "", "Bearer", "Bearer: ", "Bearer=", "Bearer\u00a0", "BearerX ", "Basic ", "DPoP ", "Digest ", "JWT ");

    private static final List<String> JWT_HEADERS = List.of(
            "{\"alg\":\"none\"}",
            "{\"alg\":\"HS256\"}",
            "{\"alg\":\"RS256\"}",
            "{\"alg\":\"ES256\"}",
            "{\"alg\":\"RS256\",\"kid\":\"\\\"\\n\"}",
            "{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}",
            "{\"alg\":\"RS256\",\"jku\":\"http://localhost:1/\"}",
            "{\"alg\":\"RS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
            "{\"alg\":\"RS256\",\"x5c\":[\"x\"]}",
            "{\"alg\":\"RS256\",\"typ\":\"\\u0130\\r\\n\"}",
            "{\"alg\":\"RSA-OAEP\",\"enc\":\"A128GCM\"}",
            "{\"alg\":1}",
            "{\"alg\":" + "[".repeat(1_000),
            "[]",
            "");

    private static final List<String> JWT_CLAIMS = List.of(
            "{}",
            "{\"iss\":1}",
            "{\"iss\":null,\"exp\":1e300}",
            "{\"exp\":1e99999999}",
            "{\"exp\":\"x\"}",
            "{\"aud\":[1,{}],\"scope\":[[]]}",
            "{\"a\":".repeat(500),
            "[]",
            "");

    private static final List<String> AROUND_IDS = List.of(
            "%00",
            "%2500",
            "%20",
            "%09",
            "%0d%0a",
            "%2F",
            "%2f..%2f",
            "%2e",
            "%2e%2e",
            "%25",
            "%",
            "%zz",
            "%25zz",
            "%ff",
            "%ED%A0%80",
            ";",
            ";a=b",
            "|",
            "%7C",
            "'",
            "%22",
            "*",
            "_",
            "+",
            "'%20OR%20'1'='1",
            "%27;drop%20table%20patient;--",
            "%E2%80%8B");

    private static final List<String> IN_PATHS = List.of(
            "/",
            "/.",
            "/x/..",
            "/..",
            "/%2e",
            "/%2E%2e",
            "%2F",
            "%5C",
            "\\",
            ";a=b",
            ";",
            "%3B",
            "%20",
            "%00",
            "%25zz",
            "%0d%0a",
            "%c0%af",
            "%u002f",
            "/fhir",
            "/_history",
            "/_history/1",
            "/*",
            "/$meta");

    private static final List<String> AFTER_PATHS = List.of(
            "/",
            "/x",
            "/x/y/z",
            "/_history",
            "/_history/1",
            "/$meta",
            "/$everything",
            "/$binary-access-write",
            "/$binary-access-read",
            "/%24binary-access-read",
            "/$Binary-Access-Read",
            "/_search",
            ".json",
            "%20",
            "%00",
            "#x");

    private static final List<String> QUERY_PARTS = List.of(
            "_format=xml",
            "_format=application/fhir%2Bndjson",
            "_format=html/json",
            "_format=",
            "_summary=true",
            "_summary=count",
            "_summary=x",
            "_elements=contentType",
            "_elements=a:b",
            "_elements=",
            "_getpages=x",
            "_getpages=%00",
            "_getpagesoffset=-1",
            "_method=GET",
            "_method=PUT",
            "_pretty=true",
            "_count=a",
            "_include=*",
            "_id=x",
            "path=Binary",
            "path=Binary.data&path=Binary",
            "path:missing=true",
            "_narrative=x",
            "_typeFilter=x",
            "%24=%ff",
            "x=%zz",
            "=",
            "&");

    private static final List<String> OVERRIDES = List.of(
            "X-HTTP-Method-Override: GET",
            "X-HTTP-Method: GET",
            "X-Method-Override: PUT",
            "X-Original-URL: /fhir/metadata",
            "X-Rewrite-URL: /fhir/metadata",
            "X-Forwarded-Prefix: /..",
            "X-Forwarded-Host: x/fhir",
            "Forwarded: host=x;proto=x",
            "Accept: application/fhir+ndjson",
            "Accept: text/html",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Type: application/fhir+json",
            "Content-Type: multipart/form-data",
            "Content-Encoding: gzip",
            "Content-Location: Binary/x",
            "If-None-Exist: _id=x",
            "Prefer: return=representation",
            "X-Cascade: delete",
            "X-Rewrite-History: true");

    private static final List<String> NEGOTIATED = List.of(
            "Accept",
            "Accept-Charset",
            "Accept-Encoding",
            "Cache-Control",
            "Content-Encoding",
            "If-Match",
            "If-Modified-Since",
            "If-None-Match",
            "If-Range",
            "If-Unmodified-Since",
            "Prefer",
            "Range",
            "X-Request-ID");

    private static final List<String> HEADER_PARTS = List.of(
            "*/*",
            "application/fhir+ndjson",
            "application/fhir+json;fhirVersion=9.9",
            "application/fhir+xml;q=x",
            "text/html;q=2",
            "a/*",
            "/",
            "*",
            ";",
            "bytes=0-",
            "bytes=-1",
            "bytes=5-1",
            "bytes=99999999999999999999-",
            "bytes=0-0,1-1",
            "bytes=a",
            "items=0-1",
            "W/\"1\"",
            "\"1\"",
            "W/",
            "\"",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Thu, 99 Foo 9999 99:99:99 GMT",
            "-1",
            "gzip",
            "gzip;q=0",
            "<x>",
            "x".repeat(65));

    private HostileInput() {}

    /** Bytes that can stand in a header. */
    static Arbitrary<String> headerBytes() {
        return Arbitraries.strings()
                .withCharRange('\u0000', '\u00ff')
                .excludeChars('\r', '\n')
                .ofMaxLength(60);
    }

    /** Values of the {@code Authorization} header that look like one with this token, and are not. */
    public static Arbitrary<String> forgeriesOf(String token) {
        List<String> parts = List.of(token.split("\\.", -1));
        Arbitrary<Integer> anywhere = anywhereIn(token);
        Arbitrary<String> forged = Arbitraries.oneOf(
                headerBytes(),
                anywhere.map(end -> token.substring(0, end)),
                Arbitraries.of("", " ", ",", ".", ", Bearer ").map(glue -> token + glue + token),
                Arbitraries.of("021", "102", "120", "201", "210", "0", "01", "0122", "000")
                        .map(order -> order.chars()
                                .mapToObj(part -> parts.get(part - '0'))
                                .collect(Collectors.joining("."))),
                Arbitraries.of(token.toLowerCase(Locale.ROOT), token.toUpperCase(Locale.ROOT)),
                Combinators.combine(
                                Arbitraries.integers().between(0, 2),
                                anywhere,
                                Arbitraries.integers().between(1, 255))
                        .as((part, at, bits) ->
                                withPart(parts, part, withAnotherByte(decoded(parts.get(part)), at, bits))),
                Arbitraries.of(JWT_HEADERS).map(header -> withPart(parts, 0, header.getBytes(StandardCharsets.UTF_8))),
                Arbitraries.of(JWT_HEADERS).map(header -> encoded(header.getBytes(StandardCharsets.UTF_8)) + ".e30."),
                Arbitraries.of(JWT_CLAIMS).map(claims -> withPart(parts, 1, claims.getBytes(StandardCharsets.UTF_8))));
        return Arbitraries.oneOf(
                forged.map(value -> "Bearer " + value),
                Arbitraries.of(SCHEMES).map(scheme -> scheme + token),
                headerBytes());
    }

    private static String withPart(List<String> parts, int index, byte[] content) {
        return Stream.of(0, 1, 2)
                .map(i -> i == index ? encoded(content) : parts.get(i))
                .collect(Collectors.joining("."));
    }

    private static byte[] withAnotherByte(byte[] bytes, int at, int bits) {
        bytes[at % bytes.length] ^= (byte) bits;
        return bytes;
    }

    private static byte[] decoded(String base64url) {
        return Base64.getUrlDecoder().decode(base64url);
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Other ids than this one, as they stand in an URL. */
    public static Arbitrary<String> otherIdsThan(String id) {
        Arbitrary<String> odd = Arbitraries.of(AROUND_IDS);
        Arbitrary<Integer> anywhere = anywhereIn(id).filter(at -> at > 0);
        return Arbitraries.oneOf(
                Arbitraries.strings().all().ofMinLength(1).ofMaxLength(20).map(HostileInput::percentEncoded),
                Arbitraries.integers().between(1, 10_000).map(length -> id + "x".repeat(length)),
                odd,
                odd.map(prefix -> prefix + id),
                odd.map(suffix -> id + suffix),
                anywhere.map(end -> id.substring(0, end)),
                anywhere.map(begin -> id.substring(begin)),
                Combinators.combine(odd, anywhere).as((middle, at) -> id.substring(0, at) + middle + id.substring(at)),
                anywhere.map(at -> withCaseSwapped(id, at)).filter(other -> !other.equals(id)));
    }

    /** An absolute path, changed in up to four places. */
    public static Arbitrary<String> spellingsOf(String path) {
        Arbitrary<Integer> anywhere = anywhereIn(path);
        Arbitrary<UnaryOperator<String>> change = Arbitraries.oneOf(
                anywhere.map(at -> text -> withPercentEncoded(text, at)),
                anywhere.map(at -> text -> withCaseSwapped(text, at)),
                Combinators.combine(Arbitraries.of(IN_PATHS), anywhere).as((odd, at) -> text -> {
                    int slash = text.lastIndexOf('/', at % text.length());
                    return text.substring(0, Math.max(slash, 0)) + odd + text.substring(Math.max(slash, 0));
                }),
                Arbitraries.of(AFTER_PATHS).map(odd -> text -> text + odd));
        return change.list().ofMinSize(1).ofMaxSize(4).map(changes -> {
            String spelling = path;
            for (UnaryOperator<String> each : changes) {
                spelling = each.apply(spelling);
            }
            return spelling;
        });
    }

    private static String withPercentEncoded(String text, int at) {
        int index = at % text.length();
        return text.substring(0, index) + String.format("%%%02x", (int) text.charAt(index)) + text.substring(index + 1);
    }

    private static String withCaseSwapped(String text, int at) {
        int index = at % text.length();
        char c = text.charAt(index);
        char swapped = Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c);
        return text.substring(0, index) + swapped + text.substring(index + 1);
    }

    /** Nothing, or a question mark and something. */
    public static Arbitrary<String> queries() {
        return Arbitraries.of(QUERY_PARTS)
                .list()
                .ofMaxSize(3)
                .map(parts -> parts.isEmpty() ? "" : "?" + String.join("&", parts));
    }

    public static Arbitrary<String> formats() {
        return Arbitraries.oneOf(
                        Arbitraries.of(HEADER_PARTS), Arbitraries.strings().ofMaxLength(20))
                .map(HostileInput::percentEncoded);
    }

    public static Arbitrary<String> methods() {
        return Arbitraries.oneOf(
                Arbitraries.of("GET", "HEAD", "POST"),
                Arbitraries.of("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "TRACK", "CONNECT", "PRI", "get", "GET/"),
                Arbitraries.strings()
                        .ascii()
                        .excludeChars(' ', '\r', '\n')
                        .ofMinLength(1)
                        .ofMaxLength(12));
    }

    public static Arbitrary<List<String>> overrides() {
        return Arbitraries.of(OVERRIDES).list().uniqueElements().ofMaxSize(3);
    }

    public static Arbitrary<String> bodies() {
        return Arbitraries.of(
                "", "_format=json&x=%zz", "{\"resourceType\":\"Binary\"}", "{\"resourceType\":\"Parameters\"}", "x");
    }

    /** Headers by which a client says what it wants. */
    public static Arbitrary<List<String>> negotiations() {
        Arbitrary<String> values = Arbitraries.oneOf(
                headerBytes(), Arbitraries.of(HEADER_PARTS).list().ofMaxSize(3).map(parts -> String.join(", ", parts)));
        return Combinators.combine(Arbitraries.of(NEGOTIATED), values)
                .as((name, value) -> name + ": " + value)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3);
    }

    private static Arbitrary<Integer> anywhereIn(String text) {
        return Arbitraries.integers().between(0, text.length() - 1);
    }

    private static String percentEncoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
