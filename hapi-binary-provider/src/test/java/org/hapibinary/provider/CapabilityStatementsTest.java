/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.RequestTypeEnum;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import java.time.Clock;
import java.util.List;
import org.hapibinary.authorization.token.IssuerMetadata;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.authorization.token.TokenSettings;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.CapabilityStatement.CapabilityStatementRestComponent;
import org.hl7.fhir.r4.model.CapabilityStatement.RestfulCapabilityMode;
import org.hl7.fhir.r4.model.IdType;
import org.junit.jupiter.api.Test;

/** What becomes of a statement that a host has made, and of one that has been here before. */
class CapabilityStatementsTest {

    private static final FhirContext FHIR = FhirContext.forR4Cached();
    private static final String PROFILE = "https://example.org/StructureDefinition/export-file";

    private static CapabilityStatement ofHost() {
        CapabilityStatement statement = new CapabilityStatement();
        statement.addInstantiates("https://example.org/CapabilityStatement/host");
        statement.addFormat("application/fhir+json");
        CapabilityStatementRestComponent rest = statement.addRest().setMode(RestfulCapabilityMode.SERVER);
        rest.getSecurity().setCors(true).addService().setText("Basic");
        rest.addResource().setType("Binary").addSupportedProfile("https://example.org/StructureDefinition/host");
        rest.addOperation().setName("export").setDefinition("OperationDefinition/GroupPatient-its-export");
        rest.addOperation().setName("other").setDefinition("OperationDefinition/-s-other");
        return statement;
    }

    private static ServletRequestDetails request() {
        ServletRequestDetails request = new ServletRequestDetails();
        request.setFhirServerBase("https://fhir.example.org/fhir");
        return request;
    }

    private static String json(CapabilityStatement statement) {
        return FHIR.newJsonParser().encodeResourceToString(statement);
    }

    @Test
    void whatTheHostSaysStaysAndNothingIsSaidTwice() {
        try (TestIssuer issuer = new TestIssuer()) {
            CapabilityStatements statements = new CapabilityStatements(
                    FHIR,
                    List.of(PROFILE),
                    new IssuerMetadata(issuer.url(), TokenSettings.DEFAULTS, Clock.systemUTC()));
            CapabilityStatement statement = ofHost();

            statements.complete(statement, request());
            String once = json(statement);
            statements.complete(statement, request());

            assertThat(json(statement)).isEqualTo(once);
            assertThat(once)
                    .contains("\"https://example.org/CapabilityStatement/host\"")
                    .contains("\"cors\":true")
                    .contains("\"service\":[{\"text\":\"Basic\"},{\"coding\":[{")
                    .contains("\"supportedProfile\":[\"https://example.org/StructureDefinition/host\",\"" + PROFILE
                            + "\"]")
                    .contains("\"format\":[\"application/fhir+json\",\"xml\"]")
                    .contains("\"https://fhir.example.org/fhir/OperationDefinition/GroupPatient-its-export\"")
                    .contains("\"OperationDefinition/-s-other\"")
                    .contains("\"valueUri\":\"" + issuer.url() + "/token\"");
        }
    }

    @Test
    void anIssuerThatIsNotThereIsLeftOut() {
        try (TestIssuer issuer = new TestIssuer()) {
            issuer.goAway();
            IssuerMetadata metadata = new IssuerMetadata(issuer.url(), TokenSettings.DEFAULTS, Clock.systemUTC());
            CapabilityStatement statement = ofHost();

            new CapabilityStatements(FHIR, List.of(), metadata).complete(statement, request());

            assertThat(json(statement)).contains("SMART-on-FHIR").doesNotContain("oauth-uris");
            ServletRequestDetails configuration = request();
            configuration.setRequestType(RequestTypeEnum.GET);
            configuration.setResourceName(".well-known");
            configuration.setId(new IdType(".well-known/smart-configuration"));
            assertThatThrownBy(() -> new SmartConfiguration(metadata).answer(configuration))
                    .isInstanceOfSatisfying(Problem.class, problem -> assertThat(problem.getStatusCode())
                            .isEqualTo(503));
        }
    }

    @Test
    void aHostThatFindsOutByItselfWhoAsksIsNotSaidToSpeakSmart() {
        CapabilityStatement statement = ofHost();

        new CapabilityStatements(FHIR, List.of(), null).complete(statement, request());

        assertThat(json(statement)).doesNotContain("SMART-on-FHIR").contains("CapabilityStatement/bulk-data");
    }
}
