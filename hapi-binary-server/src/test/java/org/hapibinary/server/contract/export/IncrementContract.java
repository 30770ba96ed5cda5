/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirResourceDao;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.ExactWorld;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A copy that is kept by one increment after the other, while four clients write, becomes what the server has. The
 * system property {@code increments.duration} says how long they write.
 */
public interface IncrementContract {

    int WRITERS = 4;
    int RESOURCES = 40;
    int MOST_IN_A_TRANSACTION = 20;
    int LONGEST_TRANSACTION_MILLIS = 3_000;

    ExactWorld world();

    ServerUnderTest server();

    @Test
    default void incrementsInTheirOrderMakeUpWhatTheServerHas() throws Exception {
        long seed = Long.getLong("increments.seed", new Random().nextLong());
        System.err.println("increments.seed=" + seed);
        Instant end = Instant.now().plus(Duration.parse(System.getProperty("increments.duration", "PT30S")));
        AtomicBoolean writing = new AtomicBoolean(true);
        Map<String, String> copy = new TreeMap<>();
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                Random random = new Random(seed + writer);
                done.add(writers.submit(() -> {
                    while (writing.get()) {
                        write(random);
                    }
                }));
            }
            String since = "";
            int increments = 0;
            while (Instant.now().isBefore(end)) {
                since = apply(since, copy);
                increments++;
            }
            writing.set(false);
            for (Future<?> one : done) {
                one.get();
            }
            apply(since, copy);
            System.err.println(increments + " increments");
            assertThat(increments).isGreaterThan(1);
        } finally {
            writing.set(false);
            writers.shutdown();
        }

        assertThat(copy).isEqualTo(all()).isNotEmpty();
    }

    /** @return the transaction time, which the next increment is since */
    private String apply(String since, Map<String, String> copy) {
        JsonNode manifest = world().manifest("/$export?_type=Basic" + (since.isEmpty() ? "" : "&_since=" + since));
        for (String line : ExactWorld.lines(world().client(), manifest, "output")) {
            JsonNode resource = ExportClient.json(line);
            copy.put(
                    resource.path("id").asText(),
                    resource.path("meta").path("versionId").asText());
        }
        for (String line : ExactWorld.lines(world().client(), manifest, "deleted")) {
            copy.remove(ExportClient.json(line)
                    .path("entry")
                    .path(0)
                    .path("request")
                    .path("url")
                    .asText()
                    .replace("Basic/", ""));
        }
        return manifest.path("transactionTime").asText();
    }

    private Map<String, String> all() {
        Map<String, String> all = new TreeMap<>();
        JsonNode page = ExportClient.json(world().client()
                .get("/Basic?_count=" + 2 * RESOURCES, "Cache-Control", "no-cache")
                .body());
        page.path("entry")
                .forEach(entry -> all.put(
                        entry.path("resource").path("id").asText(),
                        entry.path("resource").path("meta").path("versionId").asText()));
        return all;
    }

    /**
     * Updates, deletions and creations in one transaction, which may take its time before it ends, one way or the
     * other.
     */
    private void write(Random random) {
        @SuppressWarnings("unchecked") // HAPI has no type for a DAO by its name
        IFhirResourceDao<IBaseResource> dao = server().bean(DaoRegistry.class).getResourceDao("Basic");
        int changes = 1 + random.nextInt(MOST_IN_A_TRANSACTION);
        try {
            new TransactionTemplate(server().bean(PlatformTransactionManager.class)).executeWithoutResult(tx -> {
                random.ints(changes, 0, RESOURCES).distinct().sorted().forEach(number -> change(dao, number, random));
                if (random.nextInt(4) == 0) {
                    LockSupport.parkNanos(Duration.ofMillis(random.nextInt(LONGEST_TRANSACTION_MILLIS))
                            .toNanos());
                }
                if (random.nextInt(5) == 0) {
                    tx.setRollbackOnly();
                }
            });
        } catch (BaseServerResponseException | DataAccessException | TransactionException e) {
            LockSupport.parkNanos(random.nextInt(10_000_000)); // another one was faster
        }
    }

    private static void change(IFhirResourceDao<IBaseResource> dao, int number, Random random) {
        IBaseResource basic = dao.getContext()
                .newJsonParser()
                .parseResource("{\"resourceType\":\"Basic\",\"id\":\"increment-" + number
                        + "\",\"code\":{\"text\":\"change " + random.nextInt() + "\"}}");
        if (random.nextInt(3) == 0) {
            dao.delete(basic.getIdElement(), new SystemRequestDetails());
        } else {
            dao.update(basic, new SystemRequestDetails());
        }
    }
}
