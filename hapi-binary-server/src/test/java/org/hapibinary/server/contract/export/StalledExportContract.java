/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.JpaExports;
import org.hapibinary.jpaserver.Resumption;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;

/** Exports that no server has been at work on for a while. */
public interface StalledExportContract extends WithExportedGroup {

    @Test
    default void anExportThatCannotBeResumedDoesNotKeepTheOthersFromIt() throws SQLException {
        ServerUnderTest server = group().server();
        ExportCatalog catalog = server.bean(ExportCatalog.class);
        String stuck = quiet(server, 2);
        String other = quiet(server, 1);
        try {
            Resumption.run(
                    server.bean(ExportServices.class),
                    new HalfBrokenEngine(server.bean(JpaExports.class).engine(), stuck),
                    server.bean(IJobPersistence.class),
                    server.bean(BatchJobSender.class),
                    server.bean(PlatformTransactionManager.class));

            assertThat(group().query("select STATE from HBP_EXPORT where EXPORT_ID = '" + other + "'"))
                    .as("HAPI knows no job of it")
                    .isEqualTo("FAILED");
        } finally {
            catalog.delete(stuck);
            catalog.delete(other);
        }
    }

    private static String quiet(ServerUnderTest server, int hours) {
        String id = UUID.randomUUID().toString();
        ExportCatalog catalog = server.bean(ExportCatalog.class);
        catalog.add(new Export(
                id,
                new ExportAuthorization("https://issuer", "stalled", null, "system/*.rs", List.of("Patient")),
                null,
                "http://localhost/fhir/$export",
                "http://localhost/fhir",
                Instant.now().minus(Duration.ofHours(hours))));
        catalog.assignJob(id, "job-" + id);
        new JdbcTemplate(server.bean(DataSource.class))
                .update(
                        "update HBP_EXPORT set ACTIVE_AT = current_timestamp - interval '1' hour where EXPORT_ID = ?",
                        id);
        return id;
    }

    /** Cannot say anything of one export, such as one whose error file cannot be stored. */
    record HalfBrokenEngine(ExportEngine engine, String broken) implements ExportEngine {

        @Override
        public int progressOf(Export export) {
            if (export.id().equals(broken)) {
                throw new IllegalStateException("The error file cannot be stored");
            }
            return engine.progressOf(export);
        }

        @Override
        public void cancel(Export export) {
            engine.cancel(export);
        }

        @Override
        public boolean forget(Export export) {
            return engine.forget(export);
        }
    }
}
