/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.world.ExactWorld.group;
import static org.hapibinary.server.world.ExactWorld.query;

import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirResourceDao;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.ExactWorld;
import org.hapibinary.testing.FreePorts;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What is in the files is what was asked for, all of it and nothing else (Bulk Data IG, "Bulk Data Kick-off Request").
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ExactExportContract
        implements OracleContract,
                LateSupportingContract,
                FaultyRecordContract,
                CompletionContract,
                JobDeletionContract,
                JoinedMemberContract,
                AbsentSearchParameterContract {

    private static final String WARD = "/Group/ward/$export";

    @TempDir
    protected static Path directory;

    private final TestIssuer issuer = new TestIssuer();

    @SuppressWarnings("NullAway.Init") // started before the first test
    private ServerUnderTest server;

    @SuppressWarnings("NullAway.Init") // likewise
    private ExactWorld world;

    /** Spring Boot properties that lead to a new database. */
    protected abstract String[] database() throws Exception;

    /** A server without data, of which the store is the one of {@link #store()}. */
    protected ServerUnderTest server(String... properties) throws IOException {
        return RunningServer.startWithoutDemo(FreePorts.next(), directory, properties);
    }

    @BeforeAll
    protected void start() throws Exception {
        server = server(Stream.concat(
                        Stream.of(database()),
                        Stream.of(
                                "hapi.binary.authorization.issuers[0].issuer=" + issuer.url(),
                                "hapi.binary.bulk-export.transaction-margin=100ms",
                                "hapi.binary.bulk-export.prefer=optional"))
                .toArray(String[]::new));
        world = new ExactWorld(client("system/*.*"), server.contentVersion());
        for (String id : new String[] {"one", "two", "three", "four"}) {
            world.put("Patient/" + id, "'gender':'female','name':[{'family':'" + id + "'}],'birthDate':'1970-01-01'");
            world.put("Encounter/" + id, "'status':'finished','class':{'code':'AMB'}," + subject(id));
            world.put("Observation/" + id, observation("'subject':{'reference':'Patient/" + id + "'}"));
        }
        world.put("Group/ward", group("Patient/one", "Patient/two"));
    }

    /** A database is stopped after its server, which would wait for it else. */
    @AfterAll
    protected void stop() throws IOException {
        server.close();
        issuer.close();
    }

    @Override
    public ServerUnderTest server() {
        return server;
    }

    @Override
    public Path store() {
        return directory.resolve("binary");
    }

    @Override
    public ExactWorld world() {
        return world;
    }

    @Override
    public ExportClient client(String scope) {
        int port = server.port();
        return ExportClient.withBearer(
                port,
                TestIssuer.signed(
                        issuer.key(),
                        issuer.claims(
                                "http://localhost:" + port + "/fhir",
                                "owner",
                                scope,
                                claims -> claims.expirationTime(
                                        Date.from(Instant.now().plus(Duration.ofHours(4)))))));
    }

    private static String subject(String id) {
        return "'subject':{'reference':'Patient/" + id + "'}";
    }

    private static String observation(String more) {
        return "'status':'final','code':{'text':'x'}," + more;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?_type=Patient&_type=Encounter",
                "?_type=Patient,Encounter",
                "?_type=Encounter&_type=Patient,Encounter",
                "?_type=Patient,%20Encounter",
                "?_type=Patient,,Encounter&_outputFormat=application/fhir+ndjson",
                "?_type=Patient,Encounter&_outputFormat=ndjson&_since=1999-01-01T00:00:00+01:00"
            })
    void typesThatAreRepeatedOrListedAreOneList(String query) {
        assertThat(world.exported(WARD + query))
                .containsExactlyInAnyOrder("Patient/one", "Patient/two", "Encounter/one", "Encounter/two");
    }

    @Test
    void inABodyParametersAreWhatTheyAreInAQuery() {
        assertThat(ExactWorld.referencesIn(
                        world.client(),
                        world.manifestOf(world.kickOffByPost(
                                WARD, "_type", "Patient", "_type", "Encounter,Observation", "patient", "Patient/one"))))
                .containsExactlyInAnyOrder("Patient/one", "Encounter/one", "Observation/one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "_type=Patient&_type=NoSuchType | NoSuchType",
                "_type=patient | patient",
                "_type=Binary | Binary",
                "_type=ValueSet | ValueSet",
                "_type= | _type",
                "_since=yesterday | yesterday",
                "_since=2024-01-01 | 2024-01-01",
                "_since=2024-13-01T00:00:00Z | 2024-13-01T00:00:00Z",
                "_since=2024-01-01T00:00:00 | 2024-01-01T00:00:00",
                "_until=never | never",
                "_since=2024-01-01T00:00:00Z&_since=2025-01-01T00:00:00Z | _since",
                "_outputFormat=text/csv | text/csv",
                "_outputFormat=ndjson&_outputFormat=parquet | parquet",
                "_elements=no-such | no-such",
                "_elements=noSuch | noSuch",
                "_elements=Patient.noSuch | Patient.noSuch",
                "_elements=Location.name&_type=Patient | Location.name",
                "_elements=NoSuchType.id | NoSuchType.id",
                "_elements=Patient.name.family | Patient.name.family",
                "patient=Practitioner/x | Practitioner/x",
                "patient=Patient/three | Patient/three",
                "patient=Patient/one,Patient/four | Patient/four",
                "patient=Patient/no-such | Patient/no-such",
                "_includeHistory=perhaps | perhaps",
                "_mdm=1 | _mdm",
                "organizeOutputBy=Patient | organizeOutputBy",
                "_TYPE=Patient | _TYPE",
                "_type:exact=Patient | _type:exact"
            })
    void whatCannotBeDoneIsRefusedByItsName(String query, String named) {
        HttpResponse<String> refused = world.client().kickOff(WARD + "?" + query);

        assertOutcome(refused, 400, "invalid");
        assertThat(refused.body()).contains(named);
    }

    @Test
    void whereItIsOptionalAKickOffNeedNotSayThatItWaitsForAnAnswerLater() {
        HttpResponse<String> kickOff = world.client().get(WARD + "?_type=Patient");

        assertThat(ExactWorld.referencesIn(world.client(), world.manifestOf(kickOff)))
                .containsExactlyInAnyOrder("Patient/one", "Patient/two");
    }

    @Test
    void aBodyIsParametersOrIsRefused() {
        assertOutcome(
                world.client().kickOffByPost("/$export", ExportClient.resource("Patient/somebody", "")),
                400,
                "invalid");
    }

    @Test
    void provenanceOfAnotherPatientIsNotExportedForWhatItIsOfBesides() {
        world.put("Organization/shared", "'name':'shared'");
        for (String id : new String[] {"gina", "hugo"}) {
            world.put("Patient/" + id, "'managingOrganization':{'reference':'Organization/shared'}");
            world.put("Observation/of-" + id, observation(subject(id)));
        }
        provenanceOf("hugo-and-shared", "Organization/shared", "Patient/hugo");
        provenanceOf("hugo-and-of-gina", "Observation/of-gina", "Patient/hugo");
        provenanceOf("both", "Patient/gina", "Patient/hugo");
        provenanceOf("shared", "Organization/shared");

        assertThat(world.exported("/Patient/gina/$export?_type=Provenance"))
                .containsExactlyInAnyOrder("Provenance/both", "Provenance/shared");
    }

    private void provenanceOf(String id, String... targets) {
        world.put(
                "Provenance/" + id,
                "'target':["
                        + Stream.of(targets)
                                .map(target -> "{'reference':'" + target + "'}")
                                .collect(Collectors.joining(","))
                        + "],'recorded':'2024-01-01T00:00:00Z','agent':[{'who':{'reference':'Organization/shared'}}]");
    }

    @Test
    void versionsThatWereAnothersAreNotPartOfAHistory() {
        world.put("Patient/iris", "'active':true");
        world.put("Patient/jack", "'active':true");
        world.put("Observation/mixed-up", observation(subject("jack") + ",'valueString':'of jack'"));
        world.put("Observation/mixed-up", observation(subject("iris") + ",'valueString':'of iris'"));

        JsonNode manifest = world.manifest("/Patient/iris/$export?_type=Observation&_includeHistory=true");

        assertThat(ExactWorld.lines(world.client(), manifest, "output"))
                .singleElement()
                .asString()
                .contains("of iris");
    }

    @Test
    void patientsAreAskedForInEachSpelling() {
        String base = world.client().base();

        for (String one : new String[] {"one", "Patient/one", base + "/Patient/one"}) {
            assertThat(world.exported(WARD + query("_type", "Patient,Encounter", "patient", one)))
                    .as(one)
                    .containsExactlyInAnyOrder("Patient/one", "Encounter/one");
        }
        assertThat(world.exported(
                        "/Patient/$export" + query("_type", "Patient", "patient", "Patient/one,Patient/three")))
                .containsExactlyInAnyOrder("Patient/one", "Patient/three");
        assertThat(world.exported("/Patient/$export?_type=Patient&patient=Patient/one&patient=four"))
                .containsExactlyInAnyOrder("Patient/one", "Patient/four");
    }

    @Test
    void withLenienceThoseWhoAreNotMembersAreIgnoredAndNobodyElseIsExportedInTheirPlace() {
        for (String asked : new String[] {"Patient/one,Patient/three", "Patient/three", "Patient/no-such"}) {
            HttpResponse<String> kickOff = world.client()
                    .get(
                            WARD + query("_type", "Patient", "patient", asked),
                            "Prefer",
                            "respond-async, handling=lenient");

            JsonNode manifest = world.manifestOf(kickOff);

            assertThat(ExactWorld.referencesIn(world.client(), manifest))
                    .isEqualTo(asked.contains("one") ? Set.of("Patient/one") : Set.of());
            assertThat(world.errors(manifest)).anyMatch(line -> line.contains("not a member of this Group"));
        }
    }

    @Test
    void thousandsOfPatientsAreAskedForInABody() {
        String[] parameters = Stream.concat(
                        Stream.of("_type", "Patient", "patient", "Patient/two"),
                        IntStream.range(0, 3_000).boxed().flatMap(i -> Stream.of("patient", "Patient/missing-" + i)))
                .toArray(String[]::new);

        assertOutcome(world.kickOffByPost("/Patient/$export", parameters), 400, "invalid");
        String[] known = Stream.concat(
                        Stream.of("_type", "Patient"),
                        IntStream.range(0, 3_000)
                                .boxed()
                                .flatMap(i -> Stream.of("patient", i % 2 == 0 ? "Patient/two" : "Patient/four")))
                .toArray(String[]::new);
        assertThat(ExactWorld.referencesIn(
                        world.client(), world.manifestOf(world.kickOffByPost("/Patient/$export", known))))
                .containsExactlyInAnyOrder("Patient/two", "Patient/four");
    }

    @Test
    void elementsAreWhatIsLeftWithWhatIsMandatory() {
        world.put(
                "Observation/whole",
                observation(
                        "'subject':{'reference':'Patient/three'},'valueString':'v','issued':'2020-01-01T00:00:00Z'"));

        JsonNode manifest = world.manifest("/Patient/three/$export"
                + query(
                        "_type",
                        "Patient,Observation,Encounter",
                        "_elements",
                        "Patient.name,Observation.value,issued"));

        Set<String> fields = new TreeSet<>();
        for (String line : ExactWorld.lines(world.client(), manifest, "output")) {
            JsonNode resource = ExportClient.json(line);
            assertThat(resource.path("meta").path("tag").path(0).path("code").asText())
                    .isEqualTo("SUBSETTED");
            assertThat(resource.path("meta").path("versionId").asText()).isNotEmpty();
            resource.fieldNames()
                    .forEachRemaining(name -> fields.add(resource.path("id").asText() + "." + name));
        }
        assertThat(fields).contains("three.name", "whole.valueString", "whole.issued", "whole.status", "whole.code");
        assertThat(fields).doesNotContain("three.gender", "three.birthDate", "whole.subject", "three.subject");
        world.delete("Observation/whole");
    }

    @Test
    void attachmentsInElementsThatAreLeftOutAreNotExported() {
        world.put(
                "Binary/photo",
                "'contentType':'image/png','securityContext':{'reference':'Patient/with-photo'},'data':'AAAA'");
        world.put("Patient/with-photo", "'photo':[{'url':'Binary/photo'}],'active':true");
        ExportClient reader = client("system/Patient.rs");

        ExactWorld.manifest(reader, "/Patient/with-photo/$export?_type=Patient&_elements=active");
        assertThat(reader.get("/Binary/photo/$binary-access-read").statusCode()).isIn(403, 404);
        ExactWorld.manifest(reader, "/Patient/with-photo/$export?_type=Patient&_elements=photo");
        assertThat(reader.get("/Binary/photo/$binary-access-read").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/Patient/$export",
                "/Patient/one/$export",
                "/Patient/$export?patient=Patient/one",
                WARD,
                "/$export"
            })
    void nothingIsExportedThatHasNotChangedSince(String path) {
        String since =
                path + (path.contains("?") ? "&" : "?") + "_type=Patient,Observation&_since=2999-01-01T00:00:00Z";

        JsonNode manifest = world.manifest(since);

        assertThat(manifest.path("output").isArray()).isTrue();
        assertThat(manifest.path("output")).isEmpty();
    }

    @Test
    void membersAreThoseThatAreActiveNow() {
        world.put("Group/nested", group("Patient/three"));
        world.put("Practitioner/somebody", "'active':true");
        world.put("Group/circle", group("Patient/four"));
        world.put(
                "Group/mixed",
                group(
                        "Patient/one",
                        "{'entity':{'reference':'Patient/two'},'inactive':true}",
                        "{'entity':{'reference':'Patient/four'},'period':{'end':'2001-01-01'}}"));
        assertThat(world.exported("/Group/mixed/$export?_type=Patient")).containsExactly("Patient/one");
        world.put(
                "Group/mixed",
                group(
                        "{'entity':{'reference':'Patient/one'},'period':{'start':'2999-01-01'}}",
                        "{'entity':{'reference':'Patient/two'},'inactive':false,'period':{'start':'2001-01-01'}}",
                        "Group/nested",
                        "Patient/two"));
        assertThat(world.exported("/Group/mixed/$export?_type=Patient"))
                .containsExactlyInAnyOrder("Patient/two", "Patient/three");
        world.put("Group/mixed", group("Group/circle", "Group/mixed", "Practitioner/somebody"));
        world.put("Group/circle", group("Group/mixed", "Patient/four"));
        assertThat(world.exported("/Group/mixed/$export?_type=Patient")).containsExactly("Patient/four");
    }

    @Test
    void ofAllPatientsNothingIsExportedThatBelongsToNone() {
        world.put("Observation/of-nobody", observation("'issued':'2020-01-01T00:00:00Z'"));
        world.put("Device/rack", "'type':{'text':'rack'}");
        world.put("Observation/of-a-device", observation("'subject':{'reference':'Device/rack'}"));
        world.put("Location/elsewhere", "'name':'elsewhere'");

        Set<String> exported = world.exported("/Patient/$export");

        assertThat(exported)
                .contains("Observation/one", "Observation/two")
                .doesNotContain(
                        "Observation/of-nobody", "Observation/of-a-device", "Device/rack", "Location/elsewhere");
    }

    @Test
    void nothingOfAnotherPatientIsExportedWhateverRefersToIt() {
        world.put("Patient/alice", "'active':true");
        world.put("Patient/bob", "'active':true");
        world.put("Observation/of-bob", observation(subject("bob")));
        world.put("Device/of-bob", "'patient':{'reference':'Patient/bob'}");
        world.put("Specimen/of-bob", subject("bob"));
        world.put("Encounter/of-bob", "'status':'finished','class':{'code':'AMB'}," + subject("bob"));
        world.put(
                "Observation/of-alice",
                observation(subject("alice")
                        + ",'derivedFrom':[{'reference':'Observation/of-bob'}],'device':{'reference':'Device/of-bob'},"
                        + "'specimen':{'reference':'Specimen/of-bob'},'encounter':{'reference':'Encounter/of-bob'}"));
        world.put("Patient/alice", "'active':true,'link':[{'other':{'reference':'Patient/bob'},'type':'seealso'}]");
        world.put("Group/alice", group("Patient/alice"));

        Set<String> ofBob = world.hasPatientsOfDevices() ? Set.of() : Set.of("Device/of-bob");
        assertThat(world.exported("/Group/alice/$export"))
                .filteredOn(reference -> !ofBob.contains(reference))
                .containsExactlyInAnyOrder("Group/alice", "Patient/alice", "Observation/of-alice");
        assertThat(world.exported("/Patient/alice/$export"))
                .filteredOn(reference -> !ofBob.contains(reference))
                .containsExactlyInAnyOrder("Patient/alice", "Observation/of-alice");
    }

    @Test
    void supportingResourcesAndProvenanceGoAlongUntilNothingNewIsFound() {
        world.put("Patient/carol", "'active':true");
        world.put("Patient/dave", "'active':true");
        world.put("Organization/root", "'name':'root'");
        world.put("Organization/clinic", "'name':'clinic','partOf':{'reference':'Organization/root'}");
        world.put("Organization/root", "'name':'root','partOf':{'reference':'Organization/clinic'}");
        world.put("Location/building", "'managingOrganization':{'reference':'Organization/clinic'}");
        world.put("Location/room", "'partOf':{'reference':'Location/building'}");
        world.put("Practitioner/author", "'active':true");
        world.put("PractitionerRole/author", "'practitioner':{'reference':'Practitioner/author'}");
        world.put("Medication/pill", "'code':{'text':'pill'}");
        world.put("Location/of-dave", "'name':'of-dave'");
        world.put("Practitioner/unrelated", "'active':true");
        for (String id : new String[] {"carol", "dave"}) {
            String place = id.equals("carol") ? "room" : "of-dave";
            world.put(
                    "Encounter/of-" + id,
                    "'status':'finished','class':{'code':'AMB'}," + subject(id)
                            + ",'location':[{'location':{'reference':'Location/" + place + "'}}]");
        }
        world.put(
                "MedicationRequest/of-carol",
                "'status':'active','intent':'order','medicationReference':{'reference':'Medication/pill'},"
                        + subject("carol"));
        provenance("of-encounter", "PractitionerRole/author", "Encounter/of-carol");
        provenance("of-patient", "Practitioner/author", "Patient/carol");
        provenance("of-place", "Practitioner/author", "Location/building");
        provenance("of-dave", "Practitioner/unrelated", "Encounter/of-dave");
        world.put("Group/carol", group("Patient/carol"));
        String[] carols = {
            "Patient/carol",
            "Encounter/of-carol",
            "MedicationRequest/of-carol",
            "Provenance/of-encounter",
            "Provenance/of-patient",
            "Provenance/of-place",
            "Location/room",
            "Location/building",
            "Organization/clinic",
            "Organization/root",
            "PractitionerRole/author",
            "Practitioner/author",
            "Medication/pill"
        };

        assertThat(world.exported("/Patient/carol/$export")).containsExactlyInAnyOrder(carols);
        assertThat(world.exported("/Group/carol/$export"))
                .containsExactlyInAnyOrder(Stream.concat(Arrays.stream(carols), Stream.of("Group/carol"))
                        .toArray(String[]::new));
        assertThat(world.exported("/Group/carol/$export?_type=Location"))
                .containsExactlyInAnyOrder("Location/room", "Location/building");
        assertThat(world.exported("/Patient/$export?_type=Provenance,Location"))
                .contains("Provenance/of-dave", "Provenance/of-place", "Location/of-dave")
                .doesNotContain("Location/elsewhere");
        assertThat(ExactWorld.exported(
                        client("system/Patient.rs system/Encounter.rs system/Location.rs"), "/Group/carol/$export"))
                .containsExactlyInAnyOrder("Patient/carol", "Encounter/of-carol", "Location/room", "Location/building");
        assertThat(ExactWorld.exported(client("system/Patient.rs system/Location.rs"), "/Group/carol/$export"))
                .containsExactly("Patient/carol");
    }

    private void provenance(String id, String who, String target) {
        world.put(
                "Provenance/" + id,
                "'target':[{'reference':'" + target
                        + "'}],'recorded':'2024-01-01T00:00:00Z','agent':[{'who':{'reference':'" + who + "'}}]");
    }

    @Test
    void whatWasDeletedSinceIsListedAtEachLevel() {
        world.put("Patient/erin", "'active':true");
        world.put("Patient/frank", "'active':true");
        world.put("Group/erin", group("Patient/erin"));
        for (String id : new String[] {"erin", "frank"}) {
            world.put("Observation/deleted-of-" + id, observation(subject(id)));
            world.put("Condition/made-again-of-" + id, subject(id));
        }
        world.put("Observation/deleted-of-nobody", observation("'issued':'2020-01-01T00:00:00Z'"));
        world.put("Location/deleted", "'name':'deleted'");
        String since = Instant.now().toString();
        for (String id : new String[] {"erin", "frank"}) {
            world.delete("Observation/deleted-of-" + id);
            world.delete("Condition/made-again-of-" + id);
            world.put("Condition/made-again-of-" + id, subject(id));
        }
        world.delete("Observation/deleted-of-nobody");
        world.delete("Location/deleted");
        String asked = query("_type", "Observation,Condition,Location", "_since", since);

        assertThat(deleted(world.manifest("/$export" + asked)))
                .contains(
                        "Observation/deleted-of-erin",
                        "Observation/deleted-of-frank",
                        "Observation/deleted-of-nobody",
                        "Location/deleted")
                .noneMatch(reference -> reference.startsWith("Condition/made-again"));
        assertThat(deleted(world.manifest("/Patient/$export" + asked)))
                .contains("Observation/deleted-of-erin", "Observation/deleted-of-frank")
                .doesNotContain("Observation/deleted-of-nobody");
        JsonNode ofErin = world.manifest("/Group/erin/$export" + asked);
        assertThat(deleted(ofErin)).containsExactlyInAnyOrder("Observation/deleted-of-erin", "Location/deleted");
        assertThat(ofErin.path("deleted").path(0).path("type").asText()).isEqualTo("Bundle");
        assertThat(deleted(world.manifest("/Patient/erin/$export" + asked)))
                .containsExactlyInAnyOrder("Observation/deleted-of-erin", "Location/deleted");
        assertThat(deleted(world.manifest("/Group/erin/$export?_type=Condition&_since=" + since)))
                .isEmpty();
        assertThat(world.manifest("/Group/erin/$export?_type=Condition&_since=" + since)
                        .path("deleted")
                        .isArray())
                .isTrue();
        assertThat(world.manifest("/Group/erin/$export?_type=Condition").has("deleted"))
                .isFalse();
        String url = ofErin.path("deleted").path(0).path("url").asText();
        assertThat(client("system/Condition.rs").get(url).statusCode()).isEqualTo(403);
        assertThat(client("system/Observation.rs system/Location.rs").get(url).statusCode())
                .isEqualTo(200);
    }

    private Set<String> deleted(JsonNode manifest) {
        Set<String> references = new TreeSet<>();
        for (String line : ExactWorld.lines(world.client(), manifest, "deleted")) {
            JsonNode bundle = ExportClient.json(line);
            assertThat(bundle.path("resourceType").asText()).isEqualTo("Bundle");
            assertThat(bundle.path("type").asText()).isEqualTo("transaction");
            JsonNode request = bundle.path("entry").path(0).path("request");
            assertThat(request.path("method").asText()).isEqualTo("DELETE");
            assertThat(references.add(request.path("url").asText())).isTrue();
        }
        return references;
    }

    @Test
    void whatATransactionInFlightWritesIsInTheNextIncrement() throws Exception {
        PlatformTransactionManager transactions = server.bean(PlatformTransactionManager.class);
        @SuppressWarnings("unchecked") // HAPI has no type for a DAO by its name
        IFhirResourceDao<IBaseResource> patients =
                server.bean(DaoRegistry.class).getResourceDao("Patient");
        IBaseResource late = server.contentVersion()
                .newJsonParser()
                .parseResource("{\"resourceType\":\"Patient\",\"id\":\"late\",\"active\":true}");
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch exported = new CountDownLatch(1);
        CompletableFuture<Void> transaction =
                CompletableFuture.runAsync(() -> new TransactionTemplate(transactions).executeWithoutResult(tx -> {
                    patients.update(late, new SystemRequestDetails());
                    written.countDown();
                    await(exported);
                }));
        await(written);
        LockSupport.parkNanos(Duration.ofSeconds(3).toNanos());

        JsonNode first = world.manifest("/$export?_type=Patient");
        exported.countDown();
        transaction.get();
        String transactionTime = first.path("transactionTime").asText();
        JsonNode next = world.manifest("/$export?_type=Patient&_since=" + transactionTime);

        assertThat(ExactWorld.referencesIn(world.client(), first)).doesNotContain("Patient/late");
        assertThat(ExactWorld.referencesIn(world.client(), next)).contains("Patient/late");
        assertThat(Instant.parse(next.path("transactionTime").asText())).isAfter(Instant.parse(transactionTime));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFailedExportSaysWhyAndWhetherAnotherTryMayHelp() throws Exception {
        Path store = directory.resolve("binary");
        Path away = directory.resolve("away");
        Files.move(store, away);
        Files.createFile(store);
        HttpResponse<String> failed;
        try {
            failed = world.client().awaitEnd(world.client().startExport("/$export?_type=Patient"));
        } finally {
            Files.delete(store);
            Files.move(away, store);
        }

        assertOutcome(failed, 500, "transient");
        assertThat(failed.body())
                .contains("could not be stored", "Start a new export")
                .doesNotContain("Exception");
    }

    @Test
    void linesAreAsManyAsAnyLineSplitterSees() {
        world.put(
                "Patient/separators",
                "'name':[{'text':'a\\u2028b\\u2029c\\u0085d\\u000be\\u000cf\\u001cg\\u001dh\\u001ei'}]");

        JsonNode manifest = world.manifest("/Patient/separators/$export?_type=Patient");

        JsonNode file = manifest.path("output").path(0);
        String text = world.client().get(file.path("url").asText()).body();
        assertThat(text.split("[\\n\\u000B\\f\\r\\x1c\\x1d\\x1e\\u0085\\u2028\\u2029]"))
                .hasSize(file.path("count").asInt());
        assertThat(file.path("fileSize").asLong()).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void theOperationsAreDescribed() {
        JsonNode capabilities =
                ExportClient.json(world.client().get("/metadata").body());
        Set<String> described = new TreeSet<>();
        capabilities.path("rest").path(0).path("resource").forEach(resource -> resource.path("operation")
                .forEach(operation -> described.add(resource.path("type").asText() + " "
                        + operation.path("name").asText())));

        assertThat(described).contains("Group export", "Patient export");
        assertThat(capabilities.path("rest").path(0).path("operation").findValuesAsText("name"))
                .contains("export", "export-poll-status");
    }
}
