/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportState;
import org.hapibinary.catalog.FileState;
import org.hapibinary.catalog.TestExports;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportAccessTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration RETENTION = Duration.ofHours(24);
    private static final Instant EXPIRY = START.plus(RETENTION);
    private static final Caller OWNER = caller("https://issuer", "client", null, "system/*.rs");

    private static Caller caller(String issuer, String client, @Nullable String user, String scopes) {
        return new Caller(issuer, client, user, SmartScopes.parse(scopes));
    }

    private static int status(Caller caller, ExportState exportState, FileState fileState, Instant now) {
        Export export = TestExports.export(OWNER.asExportAuthorization(), exportState, START, RETENTION);
        ExportFile file = TestExports.patientFile(export, fileState, START);
        return ExportAccess.refusalOf(caller, file, now)
                .map(Problem::getStatusCode)
                .orElse(200);
    }

    @ParameterizedTest
    @CsvSource({
        "RUNNING,AVAILABLE,404",
        "FAILED,DISCARDED,404",
        "DELETED,DISCARDED,404",
        "DELETED,AVAILABLE,404",
        "COMPLETE,WRITING,404",
        "COMPLETE,DISCARDED,404",
        "COMPLETE,ERASED,404",
        "COMPLETE,AVAILABLE,200"
    })
    void theOwnerHasTheAvailableFilesOfACompleteExport(ExportState exportState, FileState fileState, int expected) {
        assertThat(status(OWNER, exportState, fileState, START)).isEqualTo(expected);
    }

    @Test
    void aFileIsGoneFromTheSecondOfItsExpiryWhetherOrNotItHasBeenErased() {
        assertThat(status(OWNER, ExportState.COMPLETE, FileState.AVAILABLE, EXPIRY.minusMillis(1)))
                .isEqualTo(200);
        assertThat(status(OWNER, ExportState.COMPLETE, FileState.AVAILABLE, EXPIRY))
                .isEqualTo(410);
        assertThat(status(OWNER, ExportState.COMPLETE, FileState.ERASED, EXPIRY))
                .isEqualTo(410);
    }

    @ParameterizedTest
    @CsvSource({
        "https://other,client,,system/*.rs",
        "https://issuer,other,,system/*.rs",
        "https://issuer,client,somebody,user/*.rs",
        "https://issuer,CLIENT,,system/*.rs"
    })
    void anotherCallerIsForbiddenWhateverTheState(String issuer, String client, @Nullable String user, String scopes) {
        Caller other = caller(issuer, client, user, scopes);

        for (ExportState exportState : ExportState.values()) {
            for (FileState fileState : FileState.values()) {
                assertThat(status(other, exportState, fileState, START)).isEqualTo(403);
                assertThat(status(other, exportState, fileState, EXPIRY)).isEqualTo(403);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"system/Patient.rs,200", "system/Patient.read,200", "system/Observation.rs,403", "'',403"})
    void aTokenMustStillCoverTheTypeOfTheFile(String scopes, int expected) {
        assertThat(status(
                        caller("https://issuer", "client", null, scopes),
                        ExportState.COMPLETE,
                        FileState.AVAILABLE,
                        START))
                .isEqualTo(expected);
    }

    @Test
    void aFileThatNeverWasIsNotFound() {
        assertThat(ExportAccess.refusalOf(OWNER, (ExportFile) null, START))
                .get()
                .extracting(Problem::getStatusCode)
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({"RUNNING,200,200", "COMPLETE,200,410", "FAILED,200,200", "DELETED,404,404"})
    void theOwnerSeesAnExportUntilItIsDeletedOrExpires(ExportState state, int before, int after) {
        Export export = TestExports.export(OWNER.asExportAuthorization(), state, START, RETENTION);

        assertThat(statusOf(OWNER, export, START)).isEqualTo(before);
        assertThat(statusOf(OWNER, export, EXPIRY)).isEqualTo(after);
        assertThat(statusOf(caller("https://issuer", "other", null, "system/*.rs"), export, START))
                .isEqualTo(403);
    }

    @Test
    void anExportThatNeverWasIsNotFound() {
        assertThat(statusOf(OWNER, null, START)).isEqualTo(404);
    }

    private static int statusOf(Caller caller, @Nullable Export export, Instant now) {
        return ExportAccess.refusalOf(caller, export, now)
                .map(Problem::getStatusCode)
                .orElse(200);
    }
}
