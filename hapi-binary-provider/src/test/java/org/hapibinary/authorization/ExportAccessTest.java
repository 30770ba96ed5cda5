/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.KickOffRequest.Level;
import org.hapibinary.catalog.TestExports;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Caller × token × export × file × state, all of it: each rule is stated once and held against every combination. */
class ExportAccessTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration RETENTION = Duration.ofHours(24);
    private static final Instant EXPIRY = START.plus(RETENTION);
    private static final List<Instant> MOMENTS =
            List.of(START, EXPIRY.minusMillis(1), EXPIRY, EXPIRY.plus(Duration.ofDays(1)));
    private static final List<String> SUFFICIENT = List.of(
            "system/Patient.rs",
            "system/Patient.read",
            "system/*.rs",
            "system/*.cruds",
            "system/*.*",
            "openid system/Patient.r system/Patient.s");
    private static final List<String> INSUFFICIENT = List.of(
            "", "system/Observation.rs", "system/Patient.r", "system/Patient.write", "system/Patient.rs?gender=female");

    private static final List<String> TENANTS = List.of("", "north", "south", "NORTH");
    private static final ExportAccess ACCESS = new ExportAccess(ClientList.EMPTY);

    private static final Caller OWNER = caller("https://issuer", "client", null, "system/*.rs");
    private static final Caller OWNING_USER = caller("https://issuer", "client", "user", "system/*.rs user/*.rs");

    private static Caller caller(String issuer, String client, @Nullable String user, String scopes) {
        return new Caller(issuer, client, user, SmartScopes.parse(scopes));
    }

    private static ExportAccess.Asker here(Caller caller) {
        return new ExportAccess.Asker(caller, null);
    }

    private static Export export(Caller owner, Export.State state) {
        return TestExports.export(owner.authorizationOf(List.of("Patient")), state, START, RETENTION);
    }

    private static int fileStatus(
            Caller caller,
            Caller owner,
            Export.State exportState,
            ExportFile.Kind kind,
            ExportFile.State fileState,
            Instant now) {
        ExportFile file = TestExports.file(export(owner, exportState), kind, "Patient", fileState, START);
        return statusOf(ACCESS.refusalOf(here(caller), file, now));
    }

    private static int exportStatus(Caller caller, Caller owner, Export.State state, Instant now) {
        return statusOf(ACCESS.refusalOf(here(caller), export(owner, state), now));
    }

    private static int statusOf(@Nullable Problem refusal) {
        return refusal == null ? 200 : refusal.getStatusCode();
    }

    /** Every state an export, a file and the clock can be in. */
    static Stream<Arguments> situations() {
        return Stream.of(Export.State.values()).flatMap(export -> Stream.of(ExportFile.Kind.values())
                .flatMap(kind -> Stream.of(ExportFile.State.values())
                        .flatMap(file -> MOMENTS.stream().map(now -> Arguments.of(export, kind, file, now)))));
    }

    private static int expected(Export.State export, ExportFile.State file, Instant now) {
        if (export != Export.State.COMPLETE) {
            return 404;
        }
        if (!now.isBefore(EXPIRY)) {
            return 410;
        }
        return file == ExportFile.State.AVAILABLE ? 200 : 404;
    }

    @ParameterizedTest
    @MethodSource("situations")
    void theOwnerHasTheAvailableFilesOfACompleteExportUntilTheyExpire(
            Export.State export, ExportFile.Kind kind, ExportFile.State file, Instant now) {
        for (String scopes : SUFFICIENT) {
            Caller owner = caller("https://issuer", "client", null, scopes);

            assertThat(fileStatus(owner, OWNER, export, kind, file, now))
                    .as(scopes)
                    .isEqualTo(expected(export, file, now));
        }
    }

    @ParameterizedTest
    @MethodSource("situations")
    void anybodyElseIsForbiddenWhateverTheState(
            Export.State export, ExportFile.Kind kind, ExportFile.State file, Instant now) {
        for (Caller stranger : strangers(OWNER)) {
            assertThat(fileStatus(stranger, OWNER, export, kind, file, now)).isEqualTo(403);
            assertThat(exportStatus(stranger, OWNER, export, now)).isEqualTo(403);
        }
        for (Caller stranger : strangers(OWNING_USER)) {
            assertThat(fileStatus(stranger, OWNING_USER, export, kind, file, now))
                    .isEqualTo(403);
            assertThat(exportStatus(stranger, OWNING_USER, export, now)).isEqualTo(403);
        }
    }

    private static List<Caller> strangers(Caller owner) {
        String otherUser = owner.user() == null ? "user" : "other";
        return List.of(
                caller("https://other", owner.clientId(), owner.user(), "system/*.*"),
                caller("https://issuer/", owner.clientId(), owner.user(), "system/*.*"),
                caller(owner.issuer(), "other", owner.user(), "system/*.*"),
                caller(owner.issuer(), "CLIENT", owner.user(), "system/*.*"),
                caller(owner.issuer(), owner.clientId(), otherUser, "system/*.*"),
                caller(owner.issuer(), owner.clientId(), owner.user() == null ? "" : null, "system/*.*"));
    }

    @ParameterizedTest
    @MethodSource("situations")
    void aTokenThatHasLostTheScopeOfTheTypeIsInsufficientForDataAndStatusWhateverTheState(
            Export.State export, ExportFile.Kind kind, ExportFile.State file, Instant now) {
        for (String scopes : INSUFFICIENT) {
            Caller owner = caller("https://issuer", "client", null, scopes);

            assertThat(exportStatus(owner, OWNER, export, now)).as(scopes).isEqualTo(403);
            assertThat(fileStatus(owner, OWNER, export, kind, file, now))
                    .as(scopes)
                    .isEqualTo(kind == ExportFile.Kind.ERROR ? expected(export, file, now) : 403);
        }
    }

    @Test
    void anAttachmentThatItsReferencePermitsIsCoveredByBinaryOrByTheTypeThatRefersToIt() {
        for (String scopes : List.of("system/Binary.rs", "system/DocumentReference.rs", "system/*.rs")) {
            assertThat(attachmentStatus(scopes, Export.State.COMPLETE, ExportFile.State.AVAILABLE, START))
                    .as(scopes)
                    .isEqualTo(200);
        }
        assertThat(attachmentStatus("system/Patient.rs", Export.State.COMPLETE, ExportFile.State.AVAILABLE, START))
                .isEqualTo(403);
    }

    private static @Nullable Problem refusalOfOneByScope(ExportPolicy policy, String scopes) {
        Attachment byScope = TestExports.attachment(
                export(OWNER, Export.State.COMPLETE),
                Attachment.Permission.BINARY_SCOPE,
                "DocumentReference",
                ExportFile.State.AVAILABLE,
                START);
        Caller owner = caller("https://issuer", "client", null, scopes);
        return new ExportAccess(policy).refusalOf(here(owner), byScope, START);
    }

    @Test
    void anAttachmentThatOnlyAScopeForBinaryPermitsIsLostWithThatScope() {
        for (String scopes : List.of("system/Binary.rs", "system/Binary.read system/Patient.rs", "system/*.rs")) {
            assertThat(refusalOfOneByScope(ClientList.EMPTY, scopes)).as(scopes).isNull();
        }
        for (String scopes : List.of("system/DocumentReference.rs", "system/DocumentReference.*", "system/Binary.r")) {
            assertThat(refusalOfOneByScope(ClientList.EMPTY, scopes))
                    .as(scopes)
                    .isNotNull()
                    .satisfies(problem -> {
                        assertThat(problem.getStatusCode()).isEqualTo(403);
                        assertThat(problem.getMessage()).contains("Binary");
                    });
        }
    }

    /** By default a policy says of everybody that it limits them. */
    @Test
    void anAttachmentThatOnlyAScopeForBinaryPermitsIsTakenFromWhoeverIsLimitedSince() {
        assertThat(statusOf(refusalOfOneByScope(asked -> Optional.empty(), "system/*.rs")))
                .isEqualTo(403);
    }

    @ParameterizedTest
    @MethodSource("situations")
    void anAttachmentGoesTheWayOfTheFileThatRefersToIt(
            Export.State export, ExportFile.Kind kind, ExportFile.State file, Instant now) {
        assertThat(attachmentStatus("system/*.rs", export, file, now)).isEqualTo(expected(export, file, now));
        for (Caller stranger : strangers(OWNER)) {
            assertThat(attachmentStatus(stranger, export, file, now)).isEqualTo(404);
        }
    }

    private static int attachmentStatus(String scopes, Export.State export, ExportFile.State file, Instant now) {
        return attachmentStatus(caller("https://issuer", "client", null, scopes), export, file, now);
    }

    private static int attachmentStatus(Caller caller, Export.State export, ExportFile.State file, Instant now) {
        Attachment attachment = TestExports.attachment(
                export(OWNER, export), Attachment.Permission.REFERENCE, "DocumentReference", file, START);
        return statusOf(ACCESS.refusalOf(here(caller), attachment, now));
    }

    @Test
    void aLostScopeIsNamed() {
        Caller owner = caller("https://issuer", "client", null, "system/Observation.rs");
        ExportFile file = TestExports.file(
                export(OWNER, Export.State.COMPLETE),
                ExportFile.Kind.DATA,
                "Patient",
                ExportFile.State.AVAILABLE,
                START);

        assertThat(ACCESS.refusalOf(here(owner), file, START)).isNotNull().satisfies(problem -> {
            assertThat(problem.getMessage()).contains("Patient");
            assertThat(problem.getResponseHeaders().get("WWW-Authenticate"))
                    .containsExactly("Bearer realm=\"fhir\", error=\"insufficient_scope\"");
        });
    }

    @ParameterizedTest
    @CsvSource({"RUNNING,200,200", "COMPLETE,200,410", "FAILED,200,200", "DELETED,404,404"})
    void theOwnerSeesAnExportUntilItIsDeletedOrExpires(Export.State state, int before, int after) {
        for (String scopes : SUFFICIENT) {
            Caller owner = caller("https://issuer", "client", null, scopes);

            assertThat(exportStatus(owner, OWNER, state, EXPIRY.minusMillis(1))).isEqualTo(before);
            assertThat(exportStatus(owner, OWNER, state, EXPIRY)).isEqualTo(after);
        }
    }

    @Test
    void whatNeverWasIsNotFound() {
        assertThat(statusOf(ACCESS.refusalOf(here(OWNER), (Export) null, START)))
                .isEqualTo(404);
    }

    @ParameterizedTest
    @MethodSource("situations")
    void theOwnerInAnotherTenantIsNotTheOwner(
            Export.State export, ExportFile.Kind kind, ExportFile.State file, Instant now) {
        for (String started : TENANTS) {
            for (String asked : TENANTS) {
                if (!started.equals(asked)) {
                    Export other = export(OWNER, export);
                    other.kickOff().asked(Level.SYSTEM, List.of(), tenant(started));
                    ExportAccess.Asker asker = new ExportAccess.Asker(OWNER, tenant(asked));

                    assertThat(statusOf(ACCESS.refusalOf(
                                    asker, TestExports.file(other, kind, "Patient", file, START), now)))
                            .isEqualTo(403);
                    assertThat(statusOf(ACCESS.refusalOf(asker, other, now))).isEqualTo(403);
                }
            }
        }
    }

    private static @Nullable String tenant(String name) {
        return name.isEmpty() ? null : name;
    }

    @ParameterizedTest
    @MethodSource("situations")
    void whatThePolicyTakesFromAClientIsTakenWhateverTheState(
            Export.State export, ExportFile.Kind kind, ExportFile.State file, Instant now) {
        ExportAccess denying = new ExportAccess(asked -> Optional.of("Not today."));
        Export own = export(OWNER, export);

        assertThat(denying.refusalOf(here(OWNER), TestExports.file(own, kind, "Patient", file, START), now))
                .hasMessage("Not today.");
        assertThat(statusOf(denying.refusalOf(here(OWNER), own, now))).isEqualTo(403);
    }

    @Test
    void thePolicyIsAskedAboutWhatWasExported() {
        List<AskedExport> asked = new ArrayList<>();
        ExportAccess access = new ExportAccess(question -> {
            asked.add(question);
            return Optional.empty();
        });
        Export export = export(OWNER, Export.State.COMPLETE);
        export.kickOff().asked(Level.GROUP, List.of("one", "two"), "north");

        assertThat(access.refusalOf(new ExportAccess.Asker(OWNER, "north"), export, START))
                .isNull();
        assertThat(asked).containsExactly(new AskedExport(OWNER, Level.GROUP, "g", Set.of("one", "two"), "north"));
    }

    @ParameterizedTest
    @CsvSource({
        "Group/g,https://x/fhir/Group/g/$export?_type=Patient,GROUP",
        "Patient/p,https://x/fhir/Patient/p/$export,PATIENT",
        ",https://x/fhir/north/Patient/$export?_type=Patient,PATIENT",
        ",https://x/fhir/north/$export?_typeFilter=/Patient/$export,SYSTEM"
    })
    void whatAnExportOfTheVersionBeforeWasOfIsInItsUrls(@Nullable String exported, String url, Level level) {
        String base = url.startsWith("https://x/fhir/north") ? "https://x/fhir/north" : "https://x/fhir";
        Export old = new Export("id", OWNER.authorizationOf(List.of("Patient")), exported, url, base, START);

        assertThat(old.kickOff().level()).isEqualTo(level);
        assertThat(old.kickOff().isOfTenant("north")).isEqualTo(base.endsWith("north"));
        assertThat(old.kickOff().isOfTenant("south")).isFalse();
    }
}
