/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.hapibinary.server.client.ExportClient;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.junit.jupiter.api.Test;

/** What a server says of itself, and whether HAPI's validator has anything against it, which takes its time. */
public interface ValidDiscoveryContract extends DiscoveryContract {

    @Test
    default void theCapabilityStatementAndTheOperationDefinitionsAreValid() {
        HttpResponse<String> statement = group().nobody().get("/metadata");
        FhirContext fhirContext = FhirContext.forCached(FhirVersionEnum.forVersionString(
                ExportClient.json(statement.body()).path("fhirVersion").asText()));
        FhirInstanceValidator validator = new FhirInstanceValidator(new ValidationSupportChain(
                new DefaultProfileValidationSupport(fhirContext),
                new CommonCodeSystemsTerminologyService(fhirContext),
                new InMemoryTerminologyServerValidationSupport(fhirContext),
                new SnapshotGeneratingValidationSupport(fhirContext)));
        List<String> bodies = new ArrayList<>(List.of(statement.body()));
        for (String url : DiscoveryContract.definitions(ExportClient.json(statement.body()))) {
            bodies.add(group().nobody().get(url).body());
        }

        for (String body : bodies) {
            assertThat(fhirContext
                            .newValidator()
                            .registerValidatorModule(validator)
                            .validateWithResult(body)
                            .getMessages())
                    .as(body)
                    .filteredOn(message -> Set.of(ResultSeverityEnum.ERROR, ResultSeverityEnum.FATAL)
                            .contains(message.getSeverity()))
                    .extracting(SingleValidationMessage::toString)
                    .isEmpty();
        }
    }
}
