/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an export was asked to be of, as the catalog keeps it: set at the kick-off and never changed. */
@Embeddable
public class KickOffRequest {

    /** The most characters of the ids of the patients that are named, with a space between two. */
    public static final int MAX_PATIENTS_LENGTH = 1_000_000;

    /** The most characters of the JSON of the partitions that an export is limited to. */
    public static final int MAX_PARTITION_LENGTH = 1_000_000;

    private static final String PATIENT = "Patient/";

    /** At which level the operation is invoked (Bulk Data IG, "Bulk Data Kick-off Request"). */
    public enum Level {
        /** {@code [base]/$export}. */
        SYSTEM,
        /** {@code Patient/$export} and {@code Patient/[id]/$export}. */
        PATIENT,
        /** {@code Group/[id]/$export}. */
        GROUP
    }

    @Column(name = "EXPORTED", length = 100, updatable = false)
    private @Nullable String exported;

    @Column(name = "TENANT", length = 200, updatable = false)
    private @Nullable String tenant;

    @Enumerated(EnumType.STRING)
    @Column(name = "EXPORT_LEVEL", updatable = false, columnDefinition = "varchar(10)")
    private @Nullable Level level;

    @Column(name = "PATIENTS", length = MAX_PATIENTS_LENGTH, updatable = false)
    private @Nullable String patients;

    @Column(name = "LIMITED_CLIENT", updatable = false)
    private @Nullable Boolean limitedClient;

    @Column(name = "REQUEST_URL", nullable = false, length = 65536, updatable = false)
    private String requestUrl;

    @Column(name = "BASE_URL", nullable = false, length = 1000, updatable = false)
    private String baseUrl;

    @Column(name = "RECORD_PARTITION", length = MAX_PARTITION_LENGTH, updatable = false)
    private @Nullable String recordPartition;

    @Column(name = "ELEMENTS", length = 65536, updatable = false)
    private @Nullable String elements;

    @Column(name = "CHANGED_SINCE", updatable = false)
    private @Nullable Instant changedSince;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected KickOffRequest() {}

    KickOffRequest(@Nullable String exported, String requestUrl, String baseUrl) {
        this.exported = exported;
        this.requestUrl = requestUrl;
        this.baseUrl = baseUrl;
    }

    /**
     * Records what was asked for.
     *
     * @param askedLevel at which level
     * @param patientIds of the patients that were named, without their type; none for all of the level
     * @param askedTenant null if the server has none
     */
    public KickOffRequest asked(Level askedLevel, Collection<String> patientIds, @Nullable String askedTenant) {
        this.level = askedLevel;
        boolean inPath = exported != null && exported.startsWith(PATIENT);
        this.patients = patientIds.isEmpty() || inPath ? null : String.join(" ", patientIds);
        this.tenant = askedTenant;
        return this;
    }

    /** Records whether the policy limits the client, at the kick-off, to some of what its token's scopes cover. */
    public KickOffRequest ofLimitedClient(boolean limited) {
        this.limitedClient = limited;
        return this;
    }

    /** Limits the export to a part of a partitioned record, which HAPI writes in JSON. */
    public KickOffRequest limitedTo(String partition) {
        this.recordPartition = partition;
        return this;
    }

    /** Limits the exported resources to some elements, each with or without the type that it is of. */
    public KickOffRequest limitedTo(List<String> someElements) {
        this.elements = someElements.isEmpty() ? null : String.join(",", someElements);
        return this;
    }

    /** Limits the export to what has changed since a moment, deletions among it; null for all there is. */
    public KickOffRequest changedSince(@Nullable Instant moment) {
        this.changedSince = moment;
        return this;
    }

    /** The Group or Patient that was exported, as a relative reference; empty if the URL names neither. */
    public Optional<String> exported() {
        return Optional.ofNullable(exported);
    }

    /** At which level it was asked for; read off the URLs where the level was not recorded. */
    public Level level() {
        if (level != null) {
            return level;
        }
        // of the version before, which did not record it
        if (exported != null) {
            return exported.startsWith("Group/") ? Level.GROUP : Level.PATIENT;
        }
        return requestUrl.split("\\?", 2)[0].endsWith("/Patient/$export") ? Level.PATIENT : Level.SYSTEM;
    }

    /** The ids of the patients that were asked for, without their type; none for all of the level. */
    public Set<String> patients() {
        if (patients != null) {
            return Set.of(patients.split(" ", -1));
        }
        return exported != null && exported.startsWith(PATIENT)
                ? Set.of(exported.substring(PATIENT.length()))
                : Set.of();
    }

    /** Whether the policy limited the client at the kick-off; true where that was not recorded. */
    public boolean isOfLimitedClient() {
        return limitedClient == null || limitedClient;
    }

    /** The tenant that the kick-off was sent to. */
    public Optional<String> tenant() {
        return Optional.ofNullable(tenant);
    }

    /** Whether the export was started in a tenant; null stands for none. */
    public boolean isOfTenant(@Nullable String other) {
        if (level == null) {
            // of the version before, which recorded it in the base URL only
            return other == null || baseUrl.endsWith("/" + other);
        }
        return Objects.equals(tenant, other);
    }

    /** The kick-off URL. */
    public String requestUrl() {
        return requestUrl;
    }

    /** The FHIR base URL that the kick-off was sent to, without a slash at its end. */
    public String baseUrl() {
        return baseUrl;
    }

    /** The part of a partitioned record that is exported, as HAPI writes it in JSON; nothing else is ever read. */
    public Optional<String> recordPartition() {
        return Optional.ofNullable(recordPartition);
    }

    /** The elements that resources are limited to, each with or without its type; none for whole resources. */
    public List<String> elements() {
        return elements == null ? List.of() : List.of(elements.split(",", -1));
    }

    /** Only what has changed since is exported; empty for all there is. */
    public Optional<Instant> changedSince() {
        return Optional.ofNullable(changedSince);
    }
}
