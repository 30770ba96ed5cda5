/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.model.entity.StorageSettings.TagStorageModeEnum;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.hapibinary.authorization.TestIssuer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is in export files is, byte for byte, what HAPI's parser makes of the same resources, whichever way they are
 * read; and what cannot be passed through as it is stored is parsed.
 */
abstract class PassedThroughSuite {

    @TempDir
    static Path directory;

    /** Spring Boot properties that lead to a new database. */
    abstract String[] database(String name) throws Exception;

    @Test
    void withTagsOfEachVersionWhatIsPlainIsPassedThroughAndTheRestIsParsed() throws Exception {
        try (TestIssuer issuer = new TestIssuer();
                RunningServer server = start("versioned", issuer, settings -> {})) {
            ExportClient client = client(server, issuer);
            AwkwardResources awkward = new AwkwardResources(server, client);
            awkward.loadWhatOthersReferTo();

            awkward.loadWhatIsPassedThrough();
            int plain = assertExportedAsEncoded(server, client);
            ReadCounts ofPlain = ReadCounts.of(server);
            awkward.loadWhatIsParsed();
            int withParsed = assertExportedAsEncoded(server, client);
            ReadCounts ofBoth = ReadCounts.of(server).since(ofPlain);
            awkward.loadWhatIsReadEitherWay();
            assertExportedAsEncoded(server, client);

            assertThat(ofPlain).isEqualTo(new ReadCounts(plain, 0, 0));
            assertThat(ofBoth).isEqualTo(new ReadCounts(plain, withParsed - plain, 0));
        }
    }

    @Test
    void withTagsOfTheCurrentVersionOnlyLinesAreAsHapiEncodesThem() throws Exception {
        assertAllAreExportedAsEncoded(
                "non-versioned", settings -> settings.setTagStorageMode(TagStorageModeEnum.NON_VERSIONED));
    }

    @Test
    void withTagsInTheStoredTextLinesAreAsHapiEncodesThem() throws Exception {
        assertAllAreExportedAsEncoded("inline", settings -> settings.setTagStorageMode(TagStorageModeEnum.INLINE));
    }

    @Test
    void withSourcesInTheirFormerTableLinesAreAsHapiEncodesThem() throws Exception {
        assertAllAreExportedAsEncoded(
                "provenance", settings -> settings.setAccessMetaSourceInformationFromProvenanceTable(true));
    }

    private void assertAllAreExportedAsEncoded(String name, Consumer<JpaStorageSettings> change) throws Exception {
        try (TestIssuer issuer = new TestIssuer();
                RunningServer server = start(name, issuer, change)) {
            ExportClient client = client(server, issuer);
            AwkwardResources awkward = new AwkwardResources(server, client);
            awkward.loadWhatOthersReferTo();
            awkward.loadWhatIsPassedThrough();
            awkward.loadWhatIsParsed();
            awkward.loadWhatIsReadEitherWay();

            int lines = assertExportedAsEncoded(server, client);

            ReadCounts counts = ReadCounts.of(server);
            assertThat(counts.stored() + counts.parsed()).as("%s", counts).isEqualTo(lines);
            assertThat(counts.searched()).isZero();
            assertThat(counts.parsed()).isGreaterThanOrEqualTo(new StoredRows(server).withMeta());
        }
    }

    /** Returns how many lines there are. */
    private static int assertExportedAsEncoded(RunningServer server, ExportClient client) throws Exception {
        Map<String, String> encoded = new HapiEncoding(server).ofAllResources();
        Map<String, String> exported = ExportedLines.by(client, "/$export");
        exported.computeIfPresent(AwkwardResources.TAGS_IN_ANY_ORDER, (name, line) -> withTagsInOrder(line));
        encoded.computeIfPresent(AwkwardResources.TAGS_IN_ANY_ORDER, (name, line) -> withTagsInOrder(line));
        ExportedLines.assertSame(exported, encoded);
        return encoded.size();
    }

    private static String withTagsInOrder(String line) {
        ObjectNode resource = (ObjectNode) ExportClient.json(line);
        List<JsonNode> tags = new ArrayList<>();
        resource.path("meta").path("tag").forEach(tags::add);
        tags.sort(Comparator.comparing(JsonNode::toString));
        ((ObjectNode) resource.path("meta")).putArray("tag").addAll(tags);
        return resource.toString();
    }

    private RunningServer start(String name, TestIssuer issuer, Consumer<JpaStorageSettings> change) throws Exception {
        return RunningServer.startWithStorageSettings(
                settings -> {
                    settings.setAllowExternalReferences(true);
                    change.accept(settings);
                },
                directory.resolve(name),
                Stream.concat(Stream.of(database(name)), Stream.of("hapi.binary.authorization.issuer=" + issuer.url()))
                        .toArray(String[]::new));
    }

    private static ExportClient client(RunningServer server, TestIssuer issuer) {
        int port = server.port();
        return ExportClient.withBearer(port, issuer.token("http://localhost:" + port + "/fhir", "owner", "system/*.*"));
    }
}
