/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hapibinary.authorization.AllowedExport;
import org.hapibinary.authorization.AskedExport;
import org.hapibinary.authorization.AuditedRequest;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.KickOffRequest;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.observability.audit.AuditAction;
import org.hapibinary.observability.audit.AuditEntry;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/** A kick-off that has passed the gate. It compares the request with the scopes of the token. */
public final class KickOff {

    /** Limited because each issue takes a row of the catalog until the export is complete. */
    private static final int MOST_ISSUES = 100;

    private final RequestDetails request;
    private final ExportRequest asked;
    private @Nullable Instant transactionTime;
    private final Set<ExportIssue> ignored = new LinkedHashSet<>();

    /**
     * @param request for {@code $export}
     * @param supported the parameters that the engine supports, beside {@code _type} and those of the output
     * @throws Problem 400 if the body has parameters that cannot be read
     */
    public KickOff(RequestDetails request, Collection<String> supported) {
        this.request = request;
        this.asked = new ExportRequest(request, supported);
    }

    /** The kick-off of a request for the plugin's own job; it is parsed only once. */
    public static KickOff of(RequestDetails request) {
        PluginRequest known = PluginRequest.of(request);
        if (known.get(KickOff.class).isEmpty()) {
            known.put(KickOff.class, new KickOff(request, ExportRequest.supportedFor(request)));
        }
        return known.get(KickOff.class).orElseThrow();
    }

    /**
     * The transaction time of the export, which is determined only once.
     *
     * @param now determines it
     */
    public Instant transactionTime(Supplier<Instant> now) {
        if (transactionTime == null) {
            transactionTime = now.get().truncatedTo(ChronoUnit.MILLIS);
        }
        return transactionTime;
    }

    /** The parameters of the kick-off. */
    public ExportRequest asked() {
        return asked;
    }

    /**
     * The issues of everything that is ignored.
     *
     * @throws Problem 400 if there are unsupported parameters, and the client does not prefer lenient handling
     */
    public List<ExportIssue> ignored() {
        ignored.addAll(asked.ignored());
        if (ignored.size() <= MOST_ISSUES) {
            return List.copyOf(ignored);
        }
        List<ExportIssue> some = new ArrayList<>(List.copyOf(ignored).subList(0, MOST_ISSUES));
        some.add(new ExportIssue(
                ExportIssue.Severity.WARNING,
                "not-supported",
                (ignored.size() - MOST_ISSUES) + " more parts of the request were ignored, as asked for."));
        return some;
    }

    /**
     * Ignores a part of the request that cannot be fulfilled, and adds an issue.
     *
     * @param fault a sentence
     * @throws Problem 400 if the client does not prefer lenient handling
     */
    public void ignore(String fault) {
        ignored.add(asked.ignoredOrRefused(fault));
    }

    /** Adds an issue to the error file, whichever handling the client prefers. */
    public void note(ExportIssue issue) {
        ignored.add(issue);
    }

    /** Whether the token covers reading resources of a type. */
    public boolean covers(String resourceType) {
        return PluginRequest.callerOf(request).scopes().coversReading(resourceType);
    }

    /**
     * The types that the token covers. It must cover all types that the client has named; if the client has named none,
     * at least one.
     *
     * @param wanted the types that the client has named; if it has named none, all that can be exported
     * @throws Problem 403 if the token does not cover a named type, or covers none at all
     */
    public Set<String> covered(Collection<String> wanted) {
        Set<String> covered = wanted.stream().filter(this::covers).collect(Collectors.toSet());
        boolean all = covered.size() == Set.copyOf(wanted).size();
        if (!all && (covered.isEmpty() || asked.namesTypes())) {
            String missing = wanted.stream()
                    .filter(type -> !covered.contains(type))
                    .sorted()
                    .collect(Collectors.joining(", "));
            throw Problem.insufficientScope("The token does not cover reading " + missing + ".");
        }
        return covered;
    }

    /**
     * Requires that the caller may export the linked records of a Group's members (MDM).
     *
     * @throws Problem 403 if the policy limits the caller
     */
    public void requireUnlimited() {
        if (AllowedExport.of(request).isOfLimitedCaller()) {
            throw Problem.forbidden(
                    "This client may not have records that are linked to those of the Group: leave out _mdm.");
        }
    }

    /**
     * Creates the export that this request starts, without adding it to the catalog.
     *
     * @param types the exported types
     * @throws Problem 403 if the policy does not allow it, 400 if it names too many patients
     */
    public Export draft(Collection<String> types, Instant now) {
        AllowedExport allowed = AllowedExport.of(request);
        AskedExport what = (asked.supportsPatients() ? allowed : allowed.ofAllOfItsLevel()).asked();
        if (String.join(" ", what.patients()).length() > KickOffRequest.MAX_PATIENTS_LENGTH) {
            throw Problem.invalid("The parameter patient names too many patients.");
        }
        Export draft = new Export(
                UUID.randomUUID().toString(),
                what.caller().authorizationOf(types),
                exported(),
                url(),
                request.getFhirServerBase(),
                now.truncatedTo(ChronoUnit.MILLIS));
        draft.kickOff()
                .asked(what.level(), what.patients(), what.tenant())
                .ofLimitedClient(allowed.isOfLimitedCaller());
        return draft;
    }

    /**
     * Adds the export of a kick-off to the catalog.
     *
     * @throws Problem 429 if a limit of the client or of the server is reached
     */
    public static void add(Export draft, ExportQuota quota) {
        try {
            quota.add(draft);
        } catch (ExportQuota.LimitReachedException e) {
            throw Problem.throttled(e.limit(), e.reached(), e.retryAfterSeconds());
        }
    }

    /**
     * What the audit trail is told of a kick-off.
     *
     * @param jobId the id in the status URL
     */
    public static AuditEntry audited(Export export, String jobId, RequestDetails kickOff) {
        AuditEntry.Subject subject = AuditEntry.Subject.of(export);
        return AuditEntry.of(
                AuditAction.KICK_OFF,
                export.startedAt(),
                AuditedRequest.who(kickOff),
                subject.patients().isEmpty()
                        ? AuditedRequest.withUrl(kickOff)
                        : AuditedRequest.withUrl(kickOff).with("patients: " + String.join(" ", subject.patients())),
                new AuditEntry.Subject(subject.exportId(), jobId, subject.exported(), subject.patients()),
                "An export was started of "
                        + String.join(", ", export.authorization().resourceTypes()) + ".");
    }

    /** The exported Group or Patient as a reference; null if the path names neither. */
    private @Nullable String exported() {
        IIdType id = request.getId();
        return id == null ? null : request.getResourceName() + "/" + id.getIdPart();
    }

    /** The kick-off URL for the manifest: below the server's base, whichever host the request itself names. */
    private String url() {
        String sent = request.getCompleteUrl();
        int query = sent.indexOf('?');
        return request.getFhirServerBase() + "/" + request.getRequestPath() + (query < 0 ? "" : sent.substring(query));
    }
}
