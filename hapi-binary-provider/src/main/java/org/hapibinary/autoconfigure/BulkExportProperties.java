/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.context.FhirContext;
import java.time.Duration;
import java.util.Set;
import org.hapibinary.jpaserver.step.ExportSteps;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How exports are made.
 *
 * @param stalledAfter after how long without a heartbeat the servers that work on an export are considered stalled,
 *     and its work is handed out again
 * @param fileResources resources in a file at most
 * @param fileSize bytes of NDJSON in a file at most, unless a single resource is larger
 * @param batchInterval how often HAPI's batch engine looks what to do next while an export runs and nothing is
 *     heard
 * @param supportingTypes types of resources that no patient owns, which go along with what refers to them in
 *     exports of patients and groups
 * @param transactionMargin how much earlier than the oldest open transaction an export's {@code transactionTime}
 *     is: the time that a transaction of another server may wait for a connection, and clocks may differ by
 * @param prefer whether a kick-off must say {@code Prefer: respond-async}
 */
record BulkExportProperties(
        @DefaultValue("2m") Duration stalledAfter,
        @DefaultValue("100000") int fileResources,
        @DefaultValue("256MB") DataSize fileSize,
        @DefaultValue("5s") Duration batchInterval,
        @DefaultValue({
                    "Practitioner",
                    "PractitionerRole",
                    "Organization",
                    "Location",
                    "Medication",
                    "Device",
                    "Substance",
                    "Specimen"
                })
                Set<String> supportingTypes,
        @DefaultValue("30s") Duration transactionMargin,
        @DefaultValue("required") Prefer prefer) {

    private static final Set<String> NEVER_SUPPORTING = Set.of("Patient", "Group", "Provenance", "Binary");

    /** Whether a kick-off must say that the client waits for an answer later (RFC 7240 §4.1). */
    public enum Prefer {
        /** It is refused without, as the Bulk Data IG has it. */
        REQUIRED,
        /** It is answered in the same way without. */
        OPTIONAL
    }

    public BulkExportProperties {
        PropertyRules.requirePositive("hapi.binary.bulk-export.stalled-after", stalledAfter);
        PropertyRules.requirePositive("hapi.binary.bulk-export.batch-interval", batchInterval);
        if (transactionMargin.isNegative()) {
            throw new InvalidPropertyException(
                    "hapi.binary.bulk-export.transaction-margin",
                    transactionMargin.toString(),
                    "must be a time of zero or more, for example 30s");
        }
        if (fileResources < 1) {
            throw new InvalidPropertyException(
                    "hapi.binary.bulk-export.file-resources",
                    Integer.toString(fileResources),
                    "must be the number of resources in a file at most, for example 100000");
        }
        if (fileSize.toBytes() < 1) {
            throw new InvalidPropertyException(
                    "hapi.binary.bulk-export.file-size",
                    fileSize.toString(),
                    "must be the size of a file at most, for example 256MB");
        }
    }

    /**
     * @param fhirContext of the server
     * @throws InvalidPropertyException if a supporting type is none
     */
    ExportSteps.Settings files(FhirContext fhirContext) {
        return new ExportSteps.Settings(
                fileResources, fileSize.toBytes(), supportingTypes(fhirContext, supportingTypes));
    }

    static Set<String> supportingTypes(FhirContext fhirContext, Set<String> types) {
        for (String type : types) {
            if (!fhirContext.getResourceTypes().contains(type) || NEVER_SUPPORTING.contains(type)) {
                throw new InvalidPropertyException(
                        "hapi.binary.bulk-export.supporting-types",
                        type,
                        "must be resource types other than Patient, Group, Provenance and Binary, for example"
                                + " Practitioner,Organization,Location");
            }
        }
        return types;
    }
}
