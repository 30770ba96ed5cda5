/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.RawRequest.lines;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.client.RawRequest.Answer;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of a file (RFC 9110 §14), as they go over the wire. */
public interface RangeContract extends WithExportedGroup {

    /** The rest is checked against it. */
    private String whole() {
        return group().download().body();
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 0",
        "bytes=0-9, 0, 9",
        "bytes=100-199, 100, 199",
        "BYTES=5-5, 5, 5",
        "'bytes= 5-5', 5, 5",
        "'bytes=,5-5,', 5, 5"
    })
    default void aRangeIsAnsweredWithThatPart(String range, int first, int last) {
        String whole = whole();
        Answer answer = group().download("Range: " + range);

        assertThat(answer.status()).isEqualTo(206);
        assertThat(lines(answer))
                .contains(
                        "Content-Range: bytes " + first + "-" + last + "/" + whole.length(),
                        "Content-Length: " + (last - first + 1),
                        "Content-Type: application/fhir+ndjson",
                        "Accept-Ranges: bytes",
                        "Vary: Accept-Encoding",
                        "Cache-Control: private, no-store, no-transform",
                        "Content-Disposition: attachment; filename=\"Patient.ndjson\"");
        assertThat(answer.body()).isEqualTo(whole.substring(first, last + 1));
    }

    @Test
    default void openAndSuffixRangesEndWithTheFile() {
        String whole = whole();
        int size = whole.length();

        Answer open = group().download("Range: bytes=" + (size - 7) + "-");
        Answer suffix = group().download("Range: bytes=-7");
        Answer beyond = group().download("Range: bytes=" + (size - 7) + "-99999999999999999999999");
        Answer longSuffix = group().download("Range: bytes=-99999999999999999999999");

        for (Answer answer : new Answer[] {open, suffix, beyond}) {
            assertThat(answer.status()).isEqualTo(206);
            assertThat(lines(answer))
                    .contains(
                            "Content-Range: bytes " + (size - 7) + "-" + (size - 1) + "/" + size, "Content-Length: 7");
            assertThat(answer.body()).isEqualTo(whole.substring(size - 7));
        }
        assertThat(longSuffix.body()).isEqualTo(whole);
    }

    @Test
    default void aRangeBehindTheEndIsNotSatisfiable() {
        int size = whole().length();

        for (String range : new String[] {"bytes=" + size + "-", "bytes=99999999999999999999-", "bytes=-0"}) {
            Answer answer = group().download("Range: " + range);

            assertThat(answer.status()).as(range).isEqualTo(416);
            assertThat(lines(answer))
                    .contains("Content-Range: bytes */" + size, "Content-Type: application/fhir+json;charset=utf-8");
            assertThat(answer.body()).contains("\"code\":\"invalid\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=9-5",
                "bytes=a-b",
                "bytes",
                "items=0-5",
                "bytes=5",
                "bytes=0-1-2",
                "bytes=+1-2",
                "bytes=0x1-2"
            })
    default void aMalformedRangeOrAnotherUnitIsIgnored(String range) {
        Answer answer = group().download("Range: " + range);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(whole());
    }

    @Test
    default void severalRangesAreAnsweredAsMultipart() {
        String whole = whole();
        Answer answer = group().download("Range: bytes=0-9, 500-509, -5");

        assertThat(answer.status()).isEqualTo(206);
        String type = lines(answer).stream()
                .filter(line -> line.startsWith("Content-Type: multipart/byteranges; boundary="))
                .findFirst()
                .orElseThrow();
        String boundary = type.substring(type.indexOf('=') + 1);
        int size = whole.length();
        assertThat(answer.body())
                .isEqualTo(part(boundary, 0, 9, whole)
                        + part(boundary, 500, 509, whole)
                        + part(boundary, size - 5, size - 1, whole)
                        + "\r\n--" + boundary + "--\r\n");
        assertThat(lines(answer)).contains("Content-Length: " + answer.body().length());
        assertThat(answer.head()).doesNotContain("Content-Range");
    }

    private static String part(String boundary, int first, int last, String whole) {
        return "\r\n--" + boundary + "\r\nContent-Type: application/fhir+ndjson\r\nContent-Range: bytes " + first + "-"
                + last + "/" + whole.length() + "\r\n\r\n" + whole.substring(first, last + 1);
    }

    @Test
    default void overlappingRangesAreSentOnce() {
        Answer answer = group().download("Range: bytes=0-99, 50-149, 149-199");

        assertThat(answer.status()).isEqualTo(206);
        assertThat(lines(answer)).contains("Content-Length: 200");
        assertThat(answer.body()).isEqualTo(whole().substring(0, 200));
    }

    @Test
    default void veryManyRangesAreNotAmplified() {
        String whole = whole();
        String many = IntStream.range(0, 600)
                .mapToObj(i -> "0-" + (whole.length() - 1))
                .collect(Collectors.joining(","));
        String tiny = IntStream.range(0, 700).mapToObj(i -> i * 3 + "-" + i * 3).collect(Collectors.joining(","));

        for (String ranges : new String[] {many, tiny}) {
            Answer answer = group().download("Range: bytes=" + ranges);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(whole);
        }
    }

    @Test
    default void aRangeHoldsOnlyForTheFileThatIfRangeNames() {
        String whole = whole();
        String etag = group().patientsEtag();
        String lastModified = header(group().download(), "Last-Modified");

        assertThat(group().download("Range: bytes=0-4", "If-Range: " + etag).body())
                .isEqualTo(whole.substring(0, 5));
        assertThat(group().download("Range: bytes=0-4", "If-Range: " + lastModified)
                        .body())
                .isEqualTo(whole.substring(0, 5));
        for (String other :
                new String[] {"\"other\"", "W/" + etag, "Sun, 06 Nov 1994 08:49:37 GMT", "x", etag + ", " + etag}) {
            Answer answer = group().download("Range: bytes=0-4", "If-Range: " + other);

            assertThat(answer.status()).as(other).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(whole);
        }
    }

    private static String header(Answer answer, String name) {
        return lines(answer).stream()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElseThrow();
    }

    @Test
    default void aRangeIsForGetAlone() {
        RawRequest request =
                RawRequest.get(group().patientsPath()).by(group().owner()).with("Range: bytes=0-4");
        int port = group().server().port();
        String size = "Content-Length: " + whole().length();

        Answer head = new RawRequest("HEAD", request.target(), request.headers(), "").sendTo(port);
        Answer post = new RawRequest("POST", request.target(), request.headers(), "").sendTo(port);

        assertThat(head.status()).isEqualTo(200);
        assertThat(lines(head)).contains(size, "Accept-Ranges: bytes");
        assertThat(head.body()).isEmpty();
        assertThat(post.status()).isEqualTo(200);
        assertThat(lines(post)).contains(size);
    }

    /** Python's clients, browsers and others inflate what they get, and go on at the number of inflated bytes. */
    @Test
    default void whoResumesByTheBytesItHasInflatedEndsWithTheFile() {
        String whole = whole();
        String etag = group().patientsEtag();
        String lastModified = header(group().download(), "Last-Modified");

        Answer bare = group().download("Accept-Encoding: gzip", "Range: bytes=500-");
        Answer byTag = group().download("Accept-Encoding: gzip", "Range: bytes=500-", "If-Range: " + etag);
        Answer byDate = group().download("Accept-Encoding: gzip", "Range: bytes=500-", "If-Range: " + lastModified);

        for (Answer answer : new Answer[] {bare, byTag, byDate}) {
            assertThat(answer.status()).isEqualTo(206);
            assertThat(lines(answer))
                    .contains(
                            "ETag: " + etag,
                            "Vary: Accept-Encoding",
                            "Content-Range: bytes 500-" + (whole.length() - 1) + "/" + whole.length());
            assertThat(answer.head()).doesNotContain("Content-Encoding");
            assertThat(answer.body()).isEqualTo(whole.substring(500));
        }
    }

    @Test
    default void aRangeOfTheGzipIsForWhoNamesItByItsTagOrTakesNothingElse() {
        Answer gzip = group().download("Accept-Encoding: gzip");
        String etag = header(gzip, "ETag");

        for (Answer part : new Answer[] {
            group().download("Accept-Encoding: gzip", "Range: bytes=10-19", "If-Range: " + etag),
            group().download("Accept-Encoding: gzip", "Range: bytes=10-19", "If-Match: " + etag),
            group().download("Accept-Encoding: gzip, identity;q=0", "Range: bytes=10-19")
        }) {
            assertThat(part.status()).isEqualTo(206);
            assertThat(lines(part))
                    .contains(
                            "Content-Encoding: gzip",
                            "ETag: " + etag,
                            "Content-Range: bytes 10-19/" + gzip.body().length());
            assertThat(part.body()).isEqualTo(gzip.body().substring(10, 20));
        }
    }

    @Test
    default void severalRangesAreNeverPartsOfTheGzip() {
        Answer gzip = group().download("Accept-Encoding: gzip");

        Answer parts = group().download("Accept-Encoding: gzip", "Range: bytes=0-9, 500-509");
        Answer ofTheGzip = group().download(
                        "Accept-Encoding: gzip", "Range: bytes=0-9, 200-209", "If-Range: " + header(gzip, "ETag"));

        assertThat(parts.status()).isEqualTo(206);
        assertThat(parts.head()).doesNotContain("Content-Encoding");
        assertThat(parts.body()).contains(whole().substring(500, 510));
        assertThat(ofTheGzip.status()).isEqualTo(200);
        assertThat(ofTheGzip.body()).isEqualTo(gzip.body());
    }

    @Test
    default void aRangeThatDoesNotHoldGetsTheWholeAsTheClientTakesIt() {
        Answer gzip = group().download("Accept-Encoding: gzip");

        Answer other = group().download("Accept-Encoding: gzip", "Range: bytes=0-4", "If-Range: \"other\"");

        assertThat(other.status()).isEqualTo(200);
        assertThat(lines(other)).contains("Content-Encoding: gzip");
        assertThat(other.body()).isEqualTo(gzip.body());
    }

    @Test
    default void theContentNegotiatedReadHasRangesToo() {
        Answer answer = RawRequest.get(group().patientsBinaryPath())
                .by(group().owner())
                .with("Accept: application/fhir+ndjson", "Range: bytes=0-4")
                .sendTo(group().server().port());

        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(whole().substring(0, 5));
    }
}
