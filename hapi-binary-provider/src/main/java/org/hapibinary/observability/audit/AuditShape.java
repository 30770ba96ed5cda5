/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import java.util.List;
import org.hapibinary.observability.audit.AuditCodes.Code;
import org.jspecify.annotations.Nullable;

/**
 * What an AuditEvent of an action looks like, whichever version of FHIR it is written in.
 *
 * @param type the kind of event
 * @param subtypes more exactly
 * @param action C, R, U, D or E
 * @param serverRole of the agent that stands for the server
 * @param clientRole of the agent that stands for the client
 * @param userRole of the agent that stands for the user
 * @param profile the profile of IHE's BALP that the event conforms to; null if there is none for it
 */
record AuditShape(
        Code type,
        List<Code> subtypes,
        String action,
        Code serverRole,
        Code clientRole,
        Code userRole,
        @Nullable String profile) {

    private static final String BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";

    static AuditShape of(AuditEntry entry) {
        boolean ofOnePatient = isOfOnePatient(entry.subject());
        return switch (entry.action()) {
            case DOWNLOAD ->
                new AuditShape(
                        AuditCodes.EXPORT,
                        List.of(AuditCodes.DISCLOSE),
                        "R",
                        AuditCodes.SOURCE_ROLE,
                        AuditCodes.DESTINATION_ROLE,
                        AuditCodes.INFORMATION_RECIPIENT,
                        ofOnePatient ? BALP + "PrivacyDisclosure.Source" : null);
            case DELETION ->
                new AuditShape(
                        AuditCodes.REST,
                        List.of(AuditCodes.DELETE),
                        "D",
                        AuditCodes.CUSTODIAN,
                        AuditCodes.APPLICATION,
                        AuditCodes.AUTHOR,
                        BALP + (ofOnePatient ? "PatientDelete" : "Delete"));
            case KICK_OFF, REFUSAL, OPERATOR -> rest(AuditCodes.OPERATION, "E");
            case MANIFEST -> rest(AuditCodes.OPERATION, "R");
            case EXPIRY -> own(AuditCodes.DEPRECATE, "U");
            case ERASURE -> own(AuditCodes.DESTROY, "D");
        };
    }

    private static boolean isOfOnePatient(AuditEntry.Subject subject) {
        String exported = subject.exported();
        return subject.patients().size() == 1 || (exported != null && exported.startsWith("Patient/"));
    }

    private static AuditShape rest(Code interaction, String action) {
        return new AuditShape(
                AuditCodes.REST,
                List.of(interaction),
                action,
                AuditCodes.DESTINATION_ROLE,
                AuditCodes.SOURCE_ROLE,
                AuditCodes.INFORMATION_RECIPIENT,
                null);
    }

    /** What the server does by itself. */
    private static AuditShape own(Code type, String action) {
        return new AuditShape(
                type, List.of(), action, AuditCodes.APPLICATION, AuditCodes.APPLICATION, AuditCodes.APPLICATION, null);
    }
}
