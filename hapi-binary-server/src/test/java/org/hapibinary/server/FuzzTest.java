/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.ExportClient.DOWNLOAD;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;

import ca.uhn.fhir.rest.api.RequestTypeEnum;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.HostileInput;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.client.RawRequest.Answer;
import org.hapibinary.server.host.ExportedGroup;
import org.springframework.util.FileSystemUtils;

/** What no client was written to send: none of it leads to a file, and none of it is taken for the server's fault. */
@AddLifecycleHook(FuzzSeed.class)
class FuzzTest {

    private static final String STATUS = "/fhir/$export-poll-status";
    private static final Pattern BUNDLE_LOCATION =
            Pattern.compile("^Content-Location: http://[^/]+/fhir/Bundle/[^/]+$", Pattern.MULTILINE);

    private static Path directory;
    private static ExportedGroup group;
    private static String file;
    private static String firstLine;
    private static String patientId;
    private static String digest;

    // made for each property: tokens live for five minutes
    private final ExportClient owner = ExportClient.bySecret(port(), ALL_TYPES);
    private final ExportClient stranger = ExportClient.byKey(port(), ALL_TYPES);

    /**
     * @param door an URL without the id
     * @param afterId what follows it
     */
    record Guess(String door, String realId, String id, String afterId) {

        RawRequest right() {
            return RawRequest.get(door + realId + afterId);
        }

        RawRequest wrong() {
            return RawRequest.get(door + id + afterId);
        }
    }

    @BeforeContainer
    static void exportTheGroup() throws IOException {
        directory = Files.createTempDirectory("fuzz");
        group = new ExportedGroup(directory, "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"));
        file = URI.create(group.patientsBinary()).getPath();
        firstLine = RawRequest.get(file + DOWNLOAD)
                .by(group.owner())
                .sendTo(port())
                .body()
                .lines()
                .findFirst()
                .orElseThrow();
        patientId = ExportClient.json(firstLine).path("id").asText();
        digest = group.patients().path("extension").path("sha256").asText();
    }

    @AfterContainer
    static void stop() throws IOException {
        group.close();
        FileSystemUtils.deleteRecursively(directory);
    }

    private static int port() {
        return group.server().port();
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void onlyAnAuthenticTokenOpensADoor(@ForAll("doors") RawRequest door, @ForAll("forgeries") String authorization) {
        assertRefused(door.with("Authorization: " + authorization).sendTo(port()));
    }

    @Provide
    Arbitrary<RawRequest> doors() {
        String status = STATUS + "?_jobId=" + group.jobId();
        return Arbitraries.of(
                RawRequest.get(file),
                RawRequest.get(file + DOWNLOAD),
                new RawRequest("HEAD", file + DOWNLOAD, List.of(), ""),
                RawRequest.get(status),
                new RawRequest("DELETE", status, List.of(), ""),
                RawRequest.get("/fhir/Group/example-group/$export").with("Prefer: respond-async"));
    }

    @Provide
    Arbitrary<String> forgeries() {
        return Arbitraries.of(owner, stranger)
                .map(client -> client.authorization().substring("Bearer ".length()))
                .flatMap(HostileInput::forgeriesOf);
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void noIdLeadsToAFileButItsOwn(@ForAll("guesses") Guess guess) {
        assertRefused(guess.wrong().sendTo(port()));
        assertRefused(guess.wrong().by(stranger).sendTo(port()));
        Answer answer = guess.wrong().by(owner).sendTo(port());
        if (answer.status() == 200) {
            assertThat(answer.body())
                    .isEqualTo(guess.right().by(owner).sendTo(port()).body());
        } else {
            assertRefused(answer);
        }
    }

    @Provide
    Arbitrary<Guess> guesses() {
        String binary = file.substring(file.lastIndexOf('/') + 1);
        String job = group.jobId();
        return Arbitraries.oneOf(
                HostileInput.otherIdsThan(binary).map(id -> new Guess("/fhir/Binary/", binary, id, "")),
                HostileInput.otherIdsThan(binary).map(id -> new Guess("/fhir/Binary/", binary, id, DOWNLOAD)),
                HostileInput.otherIdsThan(job).map(id -> new Guess(STATUS + "/", job, id, "")),
                HostileInput.otherIdsThan(job).map(id -> new Guess(STATUS + "?_jobId=", job, id, "")),
                HostileInput.otherIdsThan(job).map(id -> new Guess(STATUS + "?_id=", job, id, "")));
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void noSpellingOfItsPathLeadsAStrangerToAFile(@ForAll("spellings") RawRequest request) {
        for (ExportClient client : List.of(group.nobody(), stranger)) {
            Answer answer = request.by(client).sendTo(port());

            if (answer.status() == 501) {
                assertThat(RequestTypeEnum.values())
                        .extracting(Enum::name)
                        .as("the methods that HAPI takes, when the servlet API does not")
                        .doesNotContain(request.method());
            } else {
                assertThat(answer.status()).as(answer.body()).isBetween(200, 499);
            }
            assertNothingOfTheFile(answer);
            assertNothingOfTheInside(answer);
        }
    }

    @Provide
    Arbitrary<RawRequest> spellings() {
        return Combinators.combine(
                        HostileInput.methods(),
                        Arbitraries.of(file, file + DOWNLOAD).flatMap(HostileInput::spellingsOf),
                        HostileInput.queries(),
                        HostileInput.overrides(),
                        HostileInput.bodies())
                .as((method, path, query, headers, body) -> new RawRequest(method, path + query, headers, body));
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void whateverAClientWishesForTheServerCanAnswer(@ForAll("wishes") RawRequest request) {
        assertRefused(request.sendTo(port()));
        Answer answer = request.by(owner).sendTo(port());

        assertThat(answer.status()).as(answer.body()).isBetween(200, 499);
        if (answer.status() >= 400) {
            assertRefused(answer);
        }
    }

    @Provide
    Arbitrary<RawRequest> wishes() {
        return Combinators.combine(
                        Arbitraries.of("GET", "HEAD"),
                        Arbitraries.of(file + "?", file + DOWNLOAD + "?", STATUS + "?_jobId=" + group.jobId() + "&"),
                        HostileInput.formats()
                                .map(format -> "_format=" + format)
                                .injectNull(0.7),
                        HostileInput.negotiations())
                .as((method, url, format, headers) ->
                        new RawRequest(method, format == null ? url : url + format, headers, ""));
    }

    private static void assertRefused(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isBetween(400, 499);
        assertNothingOfTheFile(answer);
        assertNothingOfTheInside(answer);
    }

    private static void assertNothingOfTheFile(Answer answer) {
        assertThat(answer.head()).doesNotContain("Repr-Digest", "Content-Disposition", digest);
        assertThat(answer.body()).doesNotContain("application/fhir+ndjson", digest);
        if (!isSearchResult(answer)) {
            assertThat(answer.head()).doesNotContain("ndjson");
            assertThat(answer.body()).doesNotContain(firstLine, patientId);
        }
    }

    /** Of a search that the client may make. HAPI knows NDJSON as a format of Bundles, a search result among them. */
    private static boolean isSearchResult(Answer answer) {
        return answer.body().startsWith("{\"resourceType\":\"Bundle\"")
                || BUNDLE_LOCATION.matcher(answer.head()).find();
    }

    private static void assertNothingOfTheInside(Answer answer) {
        if (answer.status() >= 400) {
            assertThat(answer.head() + answer.body())
                    .doesNotContain(
                            "ca.uhn",
                            "org.hapibinary",
                            "org.eclipse",
                            "org.springframework",
                            "java.",
                            "Exception",
                            "\tat ",
                            "HBP_",
                            "HFJ_",
                            "SQL",
                            directory.toString());
        }
    }
}
