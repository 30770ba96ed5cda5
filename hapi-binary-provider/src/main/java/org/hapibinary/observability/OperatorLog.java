/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.hapibinary.observability.audit.AuditAction;
import org.hapibinary.observability.audit.AuditEntry;
import org.hapibinary.observability.audit.AuditTrail;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** The one place that is told of everything that an operator does. */
public final class OperatorLog {

    private static final Logger log = LoggerFactory.getLogger(OperatorLog.class);

    /** What would begin another line of the log. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\u2028\\u2029]");

    private final AuditTrail audit;
    private final Clock clock;

    /**
     * @param audit records each action
     * @param clock when it was done
     */
    public OperatorLog(AuditTrail audit, Clock clock) {
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Something that an operator has done.
     *
     * @param operator who did it, as far as the server knows
     * @param name what was done: {@code end-export}, {@code end-client}, {@code hold}, {@code release}, {@code sweep},
     *     {@code orphans} or {@code adopt}
     * @param subject the export it was done to, if it was one
     * @param client the client it was done to; null for none
     * @param reason that the operator has given; null for none
     * @param counts how much was affected, by what is counted; empty where nothing is
     */
    public record Action(
            String operator,
            String name,
            AuditEntry.Subject subject,
            @Nullable Client client,
            @Nullable String reason,
            Map<String, Long> counts) {

        /** An action that is about everything. */
        public static Action of(String operator, String name) {
            return new Action(operator, name, AuditEntry.Subject.NONE, null, null, Map.of());
        }

        /** The same, done to an export. */
        public Action on(AuditEntry.Subject export) {
            return new Action(operator, name, export, client, reason, counts);
        }

        /** The same, done to a client. */
        public Action on(String issuer, String clientId) {
            return new Action(operator, name, subject, new Client(issuer, clientId), reason, counts);
        }

        /** The same, for a reason; null for none. */
        public Action because(@Nullable String why) {
            return new Action(operator, name, subject, client, why, counts);
        }

        /** The same, which has affected so much. */
        public Action affecting(Map<String, Long> much) {
            return new Action(operator, name, subject, client, reason, much);
        }
    }

    /**
     * A client.
     *
     * @param issuer of its tokens
     * @param id of the client
     */
    public record Client(String issuer, String id) {}

    /** Records an action when it has been done. */
    public void done(Action action) {
        record(action, AuditEntry.Outcome.SUCCESS, describe(action));
    }

    /** Records an action that was to be done to an export that does not exist. */
    public void foundNothing(Action action) {
        record(action, AuditEntry.Outcome.MINOR_FAILURE, describe(action) + " (there is no such export)");
    }

    /** Records an action that has failed; a part of it may have been done. */
    public void failed(Action action) {
        record(action, AuditEntry.Outcome.SERIOUS_FAILURE, describe(action) + " (failed, perhaps half-way)");
    }

    private void record(Action action, AuditEntry.Outcome outcome, String description) {
        log.info("By {}: {}", action.operator(), description);
        Instant now = clock.instant();
        audit.record(new AuditEntry(
                UUID.randomUUID(),
                AuditAction.OPERATOR,
                now,
                now,
                outcome,
                description,
                AuditEntry.Who.operator(action.operator(), address()),
                new AuditEntry.Request(null, "", null),
                action.subject(),
                null));
    }

    /** Where the request comes from that this thread serves; null if it serves none. */
    private static @Nullable String address() {
        return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes
                ? attributes.getRequest().getRemoteAddr()
                : null;
    }

    private static String describe(Action action) {
        StringBuilder text = new StringBuilder(action.name());
        if (action.subject().exportId() != null) {
            text.append(" of the export ").append(action.subject().exportId());
        }
        Client client = action.client();
        if (client != null) {
            text.append(" of the client ").append(client.id()).append(" of ").append(client.issuer());
        }
        if (action.reason() != null) {
            text.append(", because: ").append(action.reason());
        }
        new TreeMap<>(action.counts())
                .forEach((what, count) ->
                        text.append("; ").append(what).append(": ").append(count));
        return CONTROL.matcher(text).replaceAll("?");
    }
}
