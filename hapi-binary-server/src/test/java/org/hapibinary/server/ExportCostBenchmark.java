/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.JobInstanceStartRequest;
import ca.uhn.fhir.batch2.model.StatusEnum;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.util.Batch2JobDefinitionConstants;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.hapibinary.authorization.TestIssuer;
import org.hl7.fhir.r4.model.Attachment;
import org.hl7.fhir.r4.model.Binary;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Enumerations.DocumentReferenceStatus;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What the plugin adds to HAPI's export of documents, each with an attachment in a Binary of its own: the same export by the
 * same engine with the plugin and without it, in turns, in one JVM. System properties: {@code benchmark.documents} and
 * {@code benchmark.rounds}.
 */
class ExportCostBenchmark {

    private static final int RESOURCES_PER_TRANSACTION = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    @TempDir
    static Path directory;

    private final int documents = Integer.getInteger("benchmark.documents", 10_000);
    private final OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private record Cost(double seconds, double cpuSeconds) {}

    @Test
    void withAndWithoutThePlugin() throws Exception {
        int port = RunningServer.freePort();
        Path stockDirectory = Files.createDirectories(directory.resolve("stock"));
        String[] stock = StockServer.arguments(
                        RunningServer.freePort(),
                        "filesystem",
                        Files.createDirectory(directory.resolve("none")),
                        stockDirectory)
                .toArray(String[]::new);
        try (TestIssuer issuer = new TestIssuer();
                RunningServer ours = RunningServer.startWithoutDemo(
                        port,
                        directory,
                        "spring.datasource.url=jdbc:h2:file:" + directory.resolve("ours/fhir"),
                        "hapi.binary.authorization.issuer=" + issuer.url());
                ConfigurableApplicationContext without = new SpringApplicationBuilder(StockServer.class)
                        .run(Stream.concat(
                                        Stream.of(stock),
                                        Stream.of(
                                                "--spring.datasource.url=jdbc:h2:file:"
                                                        + stockDirectory.resolve("fhir"),
                                                RunningServer.BATCH_INTERVAL))
                                .toArray(String[]::new))) {
            load(ours.bean(DaoRegistry.class));
            load(without.getBean(DaoRegistry.class));
            ExportClient client = ExportClient.withBearer(
                    port,
                    TestIssuer.signed(
                            issuer.key(),
                            issuer.claims(
                                    "http://localhost:" + port + "/fhir",
                                    "client",
                                    "system/*.rs",
                                    claims -> claims.expirationTime(
                                            java.util.Date.from(Instant.now().plus(Duration.ofHours(4)))))));
            List<Cost> with = new ArrayList<>();
            List<Cost> alone = new ArrayList<>();
            int rounds = Integer.getInteger("benchmark.rounds", 5);
            for (int round = -1; round < rounds; round++) {
                Cost ofOurs = measured(
                        () -> client.startExport("/$export?_type=DocumentReference"), ours.bean(IJobCoordinator.class));
                Cost ofStock = measured(() -> start(without), without.getBean(IJobCoordinator.class));
                if (round >= 0) {
                    with.add(ofOurs);
                    alone.add(ofStock);
                }
                System.err.printf("round %d: with %s, without %s%n", round, ofOurs, ofStock);
            }
            System.err.printf(
                    "%,d documents: without the plugin %.1f s, %.1f CPU s; with it %.1f s, %.1f CPU s (medians of %d)%n",
                    documents,
                    median(alone.stream().map(Cost::seconds).toList()),
                    median(alone.stream().map(Cost::cpuSeconds).toList()),
                    median(with.stream().map(Cost::seconds).toList()),
                    median(with.stream().map(Cost::cpuSeconds).toList()),
                    rounds);
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private interface Start {
        String start() throws Exception;
    }

    private Cost measured(Start start, IJobCoordinator jobs) throws Exception {
        System.gc();
        long cpu = process.getProcessCpuTime();
        long began = System.nanoTime();
        String jobId = start.start();
        Await.until("the export", PATIENCE, () -> jobs.getInstance(jobId).isFinished());
        double seconds = (double) (System.nanoTime() - began) / 1e9;
        double cpuSeconds = (double) (process.getProcessCpuTime() - cpu) / 1e9;
        JobInstance job = jobs.getInstance(jobId);
        assertThat(job.getStatus()).isEqualTo(StatusEnum.COMPLETED);
        return new Cost(seconds, cpuSeconds);
    }

    private static String start(ConfigurableApplicationContext server) {
        BulkExportJobParameters parameters = new BulkExportJobParameters();
        parameters.setExportStyle(BulkExportJobParameters.ExportStyle.SYSTEM);
        parameters.setResourceTypes(Set.of("DocumentReference"));
        parameters.setOutputFormat("application/fhir+ndjson");
        JobInstanceStartRequest request =
                new JobInstanceStartRequest(Batch2JobDefinitionConstants.BULK_EXPORT, parameters);
        request.setUseCache(false);
        return server.getBean(IJobCoordinator.class)
                .startInstance(new SystemRequestDetails(), request)
                .getInstanceId();
    }

    @SuppressWarnings("unchecked")
    private void load(DaoRegistry daos) {
        Bundle transaction = new Bundle().setType(Bundle.BundleType.TRANSACTION);
        put(transaction, new Patient().setId("patient"));
        for (int i = 0; i < documents; i++) {
            Binary binary = new Binary().setContentType("text/plain");
            binary.setData(("Document " + i + " ").repeat(80).getBytes(StandardCharsets.UTF_8));
            put(transaction, binary.setId("content-" + i));
            DocumentReference document = new DocumentReference()
                    .setStatus(DocumentReferenceStatus.CURRENT)
                    .setSubject(new Reference("Patient/patient"));
            document.addContent()
                    .setAttachment(new Attachment()
                            .setUrl("Binary/content-" + i)
                            .setTitle("Visit note.txt")
                            .setContentType("text/plain"));
            put(transaction, document.setId("document-" + i));
            if (transaction.getEntry().size() >= RESOURCES_PER_TRANSACTION || i == documents - 1) {
                daos.getSystemDao().transaction(new SystemRequestDetails(), transaction);
                transaction = new Bundle().setType(Bundle.BundleType.TRANSACTION);
            }
        }
    }

    private static void put(Bundle transaction, org.hl7.fhir.instance.model.api.IBaseResource resource) {
        transaction
                .addEntry()
                .setResource((Resource) resource)
                .getRequest()
                .setMethod(Bundle.HTTPVerb.PUT)
                .setUrl(((Resource) resource).fhirType() + "/"
                        + resource.getIdElement().getIdPart());
    }
}
