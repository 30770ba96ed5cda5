/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.documentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.example.PlainProgram;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plain server needs nothing of HAPI's JPA server, of its batch engine, or of Spring Boot: they are not there. */
class PlainServerWithoutJpaTest {

    private static final Pattern NOT_THERE = Pattern.compile(
            "hapi-fhir-(jpa|storage-batch2|sql-migrate|server-mdm|validation|converter|structures-(dstu|r4b|r5)).*"
                    + "|hibernate-(search|envers).*|lucene-.*|elasticsearch-.*|spring-(boot|data|batch).*");

    @Test
    void anExportIsMadeAndReadWithoutHapisJpaOnTheClassPath(@TempDir Path directory) throws Exception {
        int port = FreePorts.next();
        try (TestIssuer issuer = new TestIssuer();
                ServerProcess server = start(port, directory, issuer)) {
            assertThat(server).isNotNull();
            String audience = ExportClient.nobody(port).base();
            ExportClient client = ExportClient.withBearer(port, issuer.token(audience, "client", "system/*.rs"));
            ExportClient stranger = ExportClient.withBearer(port, issuer.token(audience, "stranger", "system/*.rs"));

            SmallExport export = SmallExport.by(client, "/Group/everybody/$export");

            assertThat(client.get(export.contentUrl("Patient")).body().lines()).hasSize(100);
            assertThat(client.get(export.metadataUrl("Patient")).statusCode()).isEqualTo(200);
            assertOutcome(stranger.get(export.contentUrl("Patient")), 403, "forbidden");
        }
    }

    private static ServerProcess start(int port, Path directory, TestIssuer issuer) {
        List<String> all = List.of(System.getProperty("java.class.path").split(File.pathSeparator));
        String some = all.stream()
                .filter(entry -> !NOT_THERE
                        .matcher(Path.of(entry).getFileName().toString())
                        .matches())
                .collect(Collectors.joining(File.pathSeparator));
        assertThat(Arrays.asList(some.split(File.pathSeparator))).hasSizeLessThan(all.size() - 20);
        List<String> command = ServerProcess.quickJava();
        command.addAll(List.of(
                "-cp", some, PlainProgram.class.getName(), Integer.toString(port), directory.toString(), issuer.url()));
        return ServerProcess.launch(command, directory, port, "/fhir/metadata");
    }
}
