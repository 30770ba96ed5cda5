/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.hapibinary.catalog.Export;
import org.jspecify.annotations.Nullable;

/**
 * Something that has happened.
 *
 * @param id of the event
 * @param action what it is about
 * @param begun when it began
 * @param ended when it ended
 * @param outcome how
 * @param description a sentence; null for none
 * @param who has asked for it; null for what the server does by itself
 * @param request by which it was asked for
 * @param subject what was asked for
 * @param file that was sent, or asked for; null for none
 */
public record AuditEntry(
        UUID id,
        AuditAction action,
        Instant begun,
        Instant ended,
        Outcome outcome,
        @Nullable String description,
        @Nullable Who who,
        Request request,
        Subject subject,
        @Nullable SentFile file) {

    private static final int LONGEST_DESCRIPTION = 2_000;

    public AuditEntry {
        description = shortened(description, LONGEST_DESCRIPTION);
    }

    /** What clients send is quoted in descriptions and URLs, and has to fit into a row. */
    private static @Nullable String shortened(@Nullable String text, int longest) {
        return text == null || text.length() <= longest ? text : text.substring(0, longest) + "\u2026";
    }

    /** An entry of something that has succeeded at once, without a file. */
    public static AuditEntry of(
            AuditAction action, Instant at, @Nullable Who who, Request request, Subject subject, String description) {
        return new AuditEntry(
                UUID.randomUUID(), action, at, at, Outcome.SUCCESS, description, who, request, subject, null);
    }

    /** The same with another end. */
    public AuditEntry ended(Instant at, Outcome how, @Nullable String why, @Nullable SentFile sent) {
        return new AuditEntry(id, action, begun, at, how, why, who, request, subject, sent);
    }

    /** The codes of the FHIR value set audit-event-outcome. */
    public enum Outcome {
        /** It was done. */
        SUCCESS("0", "success"),
        /** It was refused, or the client has ended it. */
        MINOR_FAILURE("4", "error"),
        /** The server could not do it, or not to the end. */
        SERIOUS_FAILURE("8", "fatal");

        private final String code;
        private final String codeInR5;

        Outcome(String code, String codeInR5) {
            this.code = code;
            this.codeInR5 = codeInR5;
        }

        /** Of R4's AuditEvent. */
        String code() {
            return code;
        }

        /** Of R5's AuditEvent. */
        String codeInR5() {
            return codeInR5;
        }
    }

    /**
     * Who has asked for something.
     *
     * @param issuer the token's {@code iss}; null if nobody was authenticated
     * @param clientId the OAuth client; null if nobody was authenticated
     * @param user the token's {@code sub} where it speaks for a user; null for none
     * @param address the network address that the request came from; null if there was none
     * @param operator the name of the operator; null for a client
     */
    public record Who(
            @Nullable String issuer,
            @Nullable String clientId,
            @Nullable String user,
            @Nullable String address,
            @Nullable String operator) {

        /**
         * An operator.
         *
         * @param address the network address that the request came from; null if there was none
         */
        public static Who operator(String name, @Nullable String address) {
            return new Who(null, null, null, address, name);
        }
    }

    /**
     * A request.
     *
     * @param id of the request; null for what no request has asked for
     * @param baseUrl the FHIR base URL it was sent to; empty if it is not known
     * @param url the kick-off URL, or the path of a refused request; null for none
     */
    public record Request(@Nullable String id, String baseUrl, @Nullable String url) {

        private static final int LONGEST_URL = 500_000;

        public Request {
            url = shortened(url, LONGEST_URL);
        }

        /** The same with something that the body has asked for. */
        public Request with(String parameters) {
            return new Request(id, baseUrl, url == null ? parameters : url + "\n" + parameters);
        }
    }

    /**
     * What it is about.
     *
     * @param exportId the export's id; null for none
     * @param jobId the id in the status URL; null for none
     * @param exported the Group or the Patient as a reference; null for none
     * @param patients the ids of the patients that the kick-off has named
     */
    public record Subject(
            @Nullable String exportId, @Nullable String jobId, @Nullable String exported, List<String> patients) {

        /** Nothing that is known. */
        public static final Subject NONE = new Subject(null, null, null, List.of());

        public Subject {
            patients = List.copyOf(patients);
        }

        /** An export. */
        public static Subject of(Export export) {
            return new Subject(
                    export.id(),
                    export.jobId().orElse(null),
                    export.kickOff().exported().orElse(null),
                    List.copyOf(export.kickOff().patients()));
        }
    }

    /**
     * A file.
     *
     * @param binaryId the id of its Binary
     * @param name as the client sees it; null if it is not known
     * @param resourceType of the resources in it, or of the resource that refers to the attachment; null if unknown
     * @param size of the file in bytes; -1 if it is not known
     * @param sent bytes of the body that were sent; -1 if it is not known
     */
    public record SentFile(
            String binaryId, @Nullable String name, @Nullable String resourceType, long size, long sent) {

        /** The same file, of which so much was sent. */
        public SentFile sent(long bytes) {
            return new SentFile(binaryId, name, resourceType, size, bytes);
        }
    }
}
