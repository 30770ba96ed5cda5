/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hapibinary.server.client.Answers.assertOutcome;

import ca.uhn.fhir.jpa.entity.PartitionEntity;
import ca.uhn.fhir.jpa.partition.IPartitionLookupSvc;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.RuleBuilder;
import ca.uhn.fhir.rest.server.interceptor.consent.ConsentInterceptor;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.server.client.ExportClient;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ApplicationContext;

/**
 * Two tenants of one server, with a Group of the same id in each, a patient and observations of the same ids, and
 * others: an export in one of them has what HAPI's own has, and nothing of the other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwinTenantTest {

    private static final String TENANT = "https://example.org/tenants";
    private static final String WARD = "/Group/ward/$export?_type=Patient,Observation,Group";

    @TempDir
    static Path directory;

    private TwinHosts twins;

    @BeforeAll
    void start() throws Exception {
        twins = TwinHosts.start(directory, TwinHost.Partitions.BY_TENANT, TwinTenantTest::load);
    }

    private static void load(ApplicationContext host) {
        host.getBean(IPartitionLookupSvc.class)
                .createPartition(new PartitionEntity().setId(1).setName("north"), new SystemRequestDetails());
        host.getBean(IPartitionLookupSvc.class)
                .createPartition(new PartitionEntity().setId(2).setName("south"), new SystemRequestDetails());
        load(host, "north", List.of("anna", "ben"));
        load(host, "south", List.of("ben", "cleo"));
        load(host, "south", List.of("ben"));
    }

    private static void load(ApplicationContext host, String tenant, List<String> names) {
        List<Resource> resources = new ArrayList<>();
        names.forEach(name -> resources.addAll(TwinRecord.recordOf(name)));
        resources.add(TwinRecord.group("ward", names));
        resources.forEach(resource -> resource.getMeta().addTag(TENANT, tenant, null));
        SystemRequestDetails request = new SystemRequestDetails();
        request.setTenantId(tenant);
        TwinRecord.store(host, request, resources);
    }

    @AfterAll
    void stop() {
        twins.close();
    }

    @Test
    void aGroupHasTheMembersThatItHasInItsTenant() {
        var north = twins.same("/north" + WARD);
        assertThat(twins.waysOfReading()).containsExactly("stored");
        assertThat(north.ids("Patient")).containsExactlyInAnyOrder("anna", "ben");
        assertThat(north.ids("Observation"))
                .containsExactlyInAnyOrder("anna-1", "anna-2", "anna-3", "ben-1", "ben-2", "ben-3");
        assertOnly("north", north);

        var south = twins.same("/south" + WARD);
        assertThat(south.ids("Patient")).containsExactly("ben");
        assertThat(south.ids("Observation")).containsExactlyInAnyOrder("ben-1", "ben-2", "ben-3");
        assertOnly("south", south);
    }

    @Test
    void itHasSoWhereAnInclusionHookIsAsked() {
        var north = twins.onStorage(new TwinHookContract.NoSecondOnes(), () -> twins.same("/north" + WARD));
        assertThat(twins.waysOfReading()).containsExactly("parsed");
        assertThat(north.ids("Observation")).containsExactlyInAnyOrder("anna-1", "anna-3", "ben-1", "ben-3");
        assertOnly("north", north);
    }

    @Test
    void itHasSoWhereConsentIsAsked() {
        ConsentInterceptor consent = new ConsentInterceptor(new TwinConsentContract.Masks());
        var north = twins.onStorage(consent, () -> twins.same("/north" + WARD));
        assertThat(twins.waysOfReading()).containsExactly("searched");
        assertThat(north.ids("Observation")).containsExactlyInAnyOrder("anna-1", "anna-2", "ben-1", "ben-2");
        assertOnly("north", north);
    }

    @Test
    void anExportOfTheSystemIsOneOfTheTenant() {
        var south = twins.same("/south/$export?_type=Patient,Observation,Group");
        assertThat(south.ids("Patient")).containsExactlyInAnyOrder("ben", "cleo");
        assertThat(south.ids("Observation")).hasSize(6);
        assertOnly("south", south);
    }

    @Test
    void anExportOfAPatientIsOneOfTheTenant() {
        var south = twins.same("/south/Patient/ben/$export?_type=Patient,Observation");
        assertThat(south.ids("Observation")).containsExactlyInAnyOrder("ben-1", "ben-2", "ben-3");
        assertOnly("south", south);
        assertOnly("north", twins.same("/north/Patient/$export?_type=Patient,Observation"));
    }

    @Test
    void theVersionsOfAResourceAreThoseOfTheTenant() {
        var south = twins.same("/south/$export?_type=Group,Patient&_includeHistory=true");
        assertThat(south.ids("Group")).containsExactly("ward", "ward");
        assertOnly("south", south);
    }

    @Test
    void filtersHoldInTheTenant() {
        var north = twins.same("/north/$export?_type=Observation&_typeFilter=Observation%3Fpatient%3DPatient%2Fben");
        assertThat(north.ids("Observation")).containsExactlyInAnyOrder("ben-1", "ben-2", "ben-3");
        assertOnly("north", north);
    }

    @Test
    void anExportIsToBeHadInTheTenantOnlyThatItWasStartedIn() {
        String status = twins.ours().start("/north" + WARD);
        ExportOfTwin.Content north = twins.ours().awaitEnd(status);
        String file = ExportClient.json(north.answer()).findValuesAsText("url").get(0);
        assertThat(status).contains("/north/");
        assertThat(file).contains("/north/");

        for (String other : List.of("/south/", "/DEFAULT/")) {
            assertOutcome(twins.ours().send("GET", status.replace("/north/", other)), 403, "forbidden");
            assertOutcome(twins.ours().send("DELETE", status.replace("/north/", other)), 403, "forbidden");
            assertOutcome(twins.ours().send("GET", file.replace("/north/", other)), 403, "forbidden");
            assertOutcome(
                    twins.ours().send("GET", file.replace("/north/", other).replace("/$binary-access-read", "")),
                    403,
                    "forbidden");
        }
        // HAPI takes a request without a tenant for one of the default partition
        assertOutcome(twins.ours().send("GET", status.replace("/north/", "/")), 403, "forbidden");
        assertThat(twins.ours().send("GET", status).statusCode()).isEqualTo(200);
        assertThat(twins.ours().send("GET", file).statusCode()).isEqualTo(200);
    }

    /** The rules of docs/authorization.md, with those for tenants: each client has the name of its own. */
    static final class TenantOfClient extends AuthorizationInterceptor {

        @Override
        public List<IAuthRule> buildRuleList(RequestDetails request) {
            if (ExportGate.hasAdmittedFile(request) || ExportGate.hasAdmittedStatus(request)) {
                return new RuleBuilder().allowAll("Decided by hapi-binary").build();
            }
            return new RuleBuilder()
                    .allow("The Group of each tenant")
                    .bulkExport()
                    .groupExportOnGroup("Group/ward")
                    .withResourceTypes(Set.of("Patient", "Observation", "Group"))
                    .andThen()
                    .deny("No other export")
                    .bulkExport()
                    .any()
                    .andThen()
                    .allow("The operation, in the client's tenant")
                    .operation()
                    .named("$export")
                    .atAnyLevel()
                    .andRequireExplicitResponseAuthorization()
                    .forTenantIds(String.valueOf(request.getHeader(TwinHost.CLIENT_HEADER)))
                    .build();
        }
    }

    private HttpResponse<String> as(String client, String method, String path) {
        return twins.ours().send(method, path, TwinHost.CLIENT_HEADER, client, "Prefer", "respond-async");
    }

    @Test
    void aClientOfOneTenantHasNothingOfAnother() {
        assertThat(twins.onRestfulServer(new TenantOfClient(), this::exchangeNothing))
                .isTrue();
    }

    private boolean exchangeNothing() {
        HttpResponse<String> kickOff = as("north", "GET", "/north" + WARD);
        assertThat(kickOff.statusCode()).as(kickOff.body()).isEqualTo(202);
        String status = kickOff.headers().firstValue("Content-Location").orElseThrow();
        HttpResponse<String> manifest = await().atMost(Duration.ofMinutes(2))
                .until(() -> as("north", "GET", status), answer -> answer.statusCode() != 202);
        assertThat(manifest.statusCode()).as(manifest.body()).isEqualTo(200);
        String file = ExportClient.json(manifest.body()).findValuesAsText("url").get(0);
        String metadata = file.replace(ExportClient.DOWNLOAD, "");

        for (String tenant : List.of("/north", "/south", "/DEFAULT", "/east")) {
            for (String client : List.of("north", "south")) {
                if (!tenant.equals("/" + client)) {
                    assertNoKickOff(client, tenant);
                }
                if (!client.equals("north") || !tenant.equals("/north")) {
                    for (String url : List.of(status, file, metadata)) {
                        assertRefused(client, url.replace("/north", tenant));
                    }
                }
            }
        }
        // without a tenant HAPI takes an operation of the system for one in the default tenant, and "Group" for a
        // tenant's name
        assertOutcome(as("north", "GET", "/$export?_type=Patient"), 403, "forbidden");
        assertRefused("north", status.replace("/north", ""));
        assertThat(as("north", "GET", WARD).statusCode()).isEqualTo(404);
        assertThat(as("north", "GET", file.replace("/north", "")).statusCode()).isEqualTo(404);

        assertThat(as("south", "GET", "/south" + WARD).statusCode()).isEqualTo(202);
        assertThat(as("north", "GET", file).body()).contains("\"north\"").doesNotContain("\"south\"");
        assertThat(as("north", "DELETE", status).statusCode()).isEqualTo(202);
        return true;
    }

    private void assertNoKickOff(String client, String tenant) {
        for (String kickOff :
                List.of(WARD, "/$export?_type=Patient", "/Patient/$export?_type=Patient", "/Patient/ben/$export")) {
            assertOutcome(as(client, "GET", tenant + kickOff), 403, "forbidden");
        }
    }

    private void assertRefused(String client, String url) {
        assertOutcome(as(client, "GET", url), 403, "forbidden");
        assertThat(as(client, "HEAD", url).statusCode()).as(url).isEqualTo(403);
        int toDelete = url.endsWith(ExportClient.DOWNLOAD) ? 405 : 403;
        assertThat(as(client, "DELETE", url).statusCode()).as(url).isEqualTo(toDelete);
    }

    private static void assertOnly(String tenant, ExportOfTwin.Content content) {
        assertThat(content.resources().values().stream().flatMap(List::stream))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(
                                ExportClient.json(line).at("/meta/tag").findValuesAsText("code"))
                        .contains(tenant)
                        .doesNotContain(tenant.equals("north") ? "south" : "north"));
    }
}
