/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import org.hapibinary.catalog.TestCatalog;
import org.hapibinary.testing.FreePorts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** A database that goes away is a fault that may pass: neither an open door nor a file that does not exist. */
class DatabaseOutageTest {

    private static @Nullable BaseServerResponseException answerTo(Throwable thrown) {
        SystemRequestDetails request = new SystemRequestDetails();
        request.setFhirContext(FhirContext.forR4Cached());
        return new ProblemInterceptor(ours -> true).map(request, thrown);
    }

    private static void assertMayPass(@Nullable BaseServerResponseException answer) {
        assertThat(answer).isNotNull();
        assertThat(answer.getStatusCode()).isEqualTo(503);
        assertThat(answer.getResponseHeaders()).containsKey("Retry-After");
        assertThat(answer.getMessage()).doesNotContain("SQL", "JDBC", "Connection");
    }

    @Test
    void withoutAConnectionItIs503() throws IOException {
        EmbeddedPostgres postgres = FreePorts.postgres();
        try (TestCatalog database = TestCatalog.withoutPool(postgres.getPostgresDatabase(), Clock.systemUTC())) {
            assertThat(database.catalog().findFile("x")).isEmpty();
            postgres.close();

            assertMayPass(answerTo(catchThrowable(() -> database.catalog().findFile("x"))));
        }
    }

    @Test
    void aConnectionThatIsLostIs503() throws IOException, SQLException {
        try (EmbeddedPostgres postgres = FreePorts.postgres();
                Connection connection = postgres.getPostgresDatabase().getConnection();
                TestCatalog database =
                        TestCatalog.withoutPool(new SingleConnectionDataSource(connection, true), Clock.systemUTC())) {
            assertThat(database.catalog().findFile("x")).isEmpty();
            terminateAllOthers(postgres);

            assertMayPass(answerTo(catchThrowable(() -> database.catalog().findFile("x"))));
        }
    }

    private static void terminateAllOthers(EmbeddedPostgres postgres) throws SQLException {
        try (Connection other = postgres.getPostgresDatabase().getConnection();
                var statement = other.createStatement()) {
            statement.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                    + " and backend_type = 'client backend'");
        }
    }

    @Test
    void anyOtherFaultIs500() {
        assertThat(answerTo(new IllegalStateException("secret")))
                .satisfies(answer -> assertThat(answer.getStatusCode()).isEqualTo(500));
    }
}
