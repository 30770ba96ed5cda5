/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.model.ExpungeOptions;
import ca.uhn.fhir.jpa.model.entity.StorageSettings.TagStorageModeEnum;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.ExportedLines;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.world.AwkwardResources;
import org.hapibinary.server.world.HapiEncoding;
import org.hapibinary.server.world.ReadCounts;
import org.hapibinary.server.world.StoredRows;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is in export files is, byte for byte, what HAPI's parser makes of the same resources, whichever way they are
 * read; and what cannot be passed through as it is stored is parsed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class PassedThroughContract {

    @TempDir
    protected static Path directory;

    private final TestIssuer issuer = new TestIssuer();

    @SuppressWarnings("NullAway.Init") // started before the first test
    private RunningServer server;

    @SuppressWarnings("NullAway.Init") // likewise
    private ExportClient client;

    /** Spring Boot properties that lead to a new database. */
    protected abstract String[] database() throws Exception;

    /** One server for all of a database, which stores otherwise in each test. */
    @BeforeAll
    protected void start() throws Exception {
        server = RunningServer.startWithStorageSettings(
                settings -> {
                    settings.setAllowExternalReferences(true);
                    settings.setAllowMultipleDelete(true);
                    settings.setExpungeEnabled(true);
                },
                directory,
                Stream.concat(Stream.of(database()), Stream.of("hapi.binary.authorization.issuer=" + issuer.url()))
                        .toArray(String[]::new));
        client = ExportClient.withBearer(
                server.port(), issuer.token("http://localhost:" + server.port() + "/fhir", "owner", "system/*.*"));
    }

    /** A database is stopped after its server, which would wait for it else. */
    @AfterAll
    protected void stop() throws IOException {
        server.close();
        issuer.close();
    }

    @AfterEach
    protected void deleteAllResources() {
        JpaStorageSettings settings = server.bean(JpaStorageSettings.class);
        settings.setTagStorageMode(TagStorageModeEnum.VERSIONED);
        settings.setAccessMetaSourceInformationFromProvenanceTable(false);
        server.bean(DaoRegistry.class)
                .getSystemDao()
                .expunge(new ExpungeOptions().setExpungeEverything(true), new SystemRequestDetails());
    }

    @Test
    void withTagsOfEachVersionWhatIsPlainIsPassedThroughAndTheRestIsParsed() throws Exception {
        AwkwardResources awkward = new AwkwardResources(server, client);
        awkward.loadWhatOthersReferTo();
        ReadCounts before = ReadCounts.of(server);

        awkward.loadWhatIsPassedThrough();
        int plain = assertExportedAsEncoded();
        ReadCounts ofPlain = ReadCounts.of(server).since(before);
        awkward.loadWhatIsParsed();
        int withParsed = assertExportedAsEncoded();
        ReadCounts ofBoth = ReadCounts.of(server).since(before).since(ofPlain);
        awkward.loadWhatIsReadEitherWay();
        assertExportedAsEncoded();

        assertThat(ofPlain).isEqualTo(new ReadCounts(plain, 0, 0));
        assertThat(ofBoth).isEqualTo(new ReadCounts(plain, withParsed - plain, 0));
    }

    @Test
    void withTagsOfTheCurrentVersionOnlyLinesAreAsHapiEncodesThem() throws Exception {
        assertAllAreExportedAsEncoded(settings -> settings.setTagStorageMode(TagStorageModeEnum.NON_VERSIONED));
    }

    @Test
    void withTagsInTheStoredTextLinesAreAsHapiEncodesThem() throws Exception {
        assertAllAreExportedAsEncoded(settings -> settings.setTagStorageMode(TagStorageModeEnum.INLINE));
    }

    @Test
    void withSourcesInTheirFormerTableLinesAreAsHapiEncodesThem() throws Exception {
        assertAllAreExportedAsEncoded(settings -> settings.setAccessMetaSourceInformationFromProvenanceTable(true));
    }

    private void assertAllAreExportedAsEncoded(Consumer<JpaStorageSettings> change) throws Exception {
        change.accept(server.bean(JpaStorageSettings.class));
        AwkwardResources awkward = new AwkwardResources(server, client);
        awkward.loadWhatOthersReferTo();
        awkward.loadWhatIsPassedThrough();
        awkward.loadWhatIsParsed();
        awkward.loadWhatIsReadEitherWay();
        ReadCounts before = ReadCounts.of(server);

        int lines = assertExportedAsEncoded();

        ReadCounts counts = ReadCounts.of(server).since(before);
        assertThat(counts.stored() + counts.parsed()).as("%s", counts).isEqualTo(lines);
        assertThat(counts.searched()).isZero();
        assertThat(counts.parsed()).isGreaterThanOrEqualTo(new StoredRows(server).withMeta());
    }

    /** Returns how many lines there are. */
    private int assertExportedAsEncoded() throws Exception {
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
}
