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

/** What the kick-off asked for, as the catalog stores it. It never changes. */
@Embeddable
public class KickOffRequest {

    /** The maximum length of the requested patients' ids, separated by spaces, in characters. */
    public static final int MAX_PATIENTS_LENGTH = 1_000_000;

    /** The maximum length of the JSON of the partitions that an export is limited to, in characters. */
    public static final int MAX_PARTITION_LENGTH = 1_000_000;

    private static final String PATIENT = "Patient/";

    /** The levels of the operation (Bulk Data IG, "Bulk Data Kick-off Request"). */
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
     * Records which resources the kick-off asked for.
     *
     * @param askedLevel the level of the operation
     * @param patientIds the ids of the requested patients, without the type; empty for all patients of the level
     * @param askedTenant the tenant; null if the server has none
     */
    public KickOffRequest asked(Level askedLevel, Collection<String> patientIds, @Nullable String askedTenant) {
        this.level = askedLevel;
        boolean inPath = exported != null && exported.startsWith(PATIENT);
        this.patients = patientIds.isEmpty() || inPath ? null : String.join(" ", patientIds);
        this.tenant = askedTenant;
        return this;
    }

    /** Records whether the policy, at the kick-off, allows the client less than its token's scopes cover. */
    public KickOffRequest ofLimitedClient(boolean limited) {
        this.limitedClient = limited;
        return this;
    }

    /** Limits the export to partitions of the record, given in HAPI's JSON. */
    public KickOffRequest limitedTo(String partition) {
        this.recordPartition = partition;
        return this;
    }

    /** Limits the exported resources to these elements, each with or without a resource type; empty for no limit. */
    public KickOffRequest limitedTo(List<String> someElements) {
        this.elements = someElements.isEmpty() ? null : String.join(",", someElements);
        return this;
    }

    /** Limits the export to changes and deletions since this moment; null for no limit. */
    public KickOffRequest changedSince(@Nullable Instant moment) {
        this.changedSince = moment;
        return this;
    }

    /** The Group or Patient that was exported, as a relative reference; empty if the URL names neither. */
    public Optional<String> exported() {
        return Optional.ofNullable(exported);
    }

    /** The level of the operation; derived from the URLs in rows that are older than this column. */
    public Level level() {
        if (level != null) {
            return level;
        }
        if (exported != null) {
            return exported.startsWith("Group/") ? Level.GROUP : Level.PATIENT;
        }
        return requestUrl.split("\\?", 2)[0].endsWith("/Patient/$export") ? Level.PATIENT : Level.SYSTEM;
    }

    /** The ids of the requested patients, without the type; empty for all patients of the level. */
    public Set<String> patients() {
        if (patients != null) {
            return Set.of(patients.split(" ", -1));
        }
        return exported != null && exported.startsWith(PATIENT)
                ? Set.of(exported.substring(PATIENT.length()))
                : Set.of();
    }

    /** Whether the policy limited the client at the kick-off; true in rows that are older than this column. */
    public boolean isOfLimitedClient() {
        return limitedClient == null || limitedClient;
    }

    /** The tenant to which the kick-off was sent; empty if the server has none. */
    public Optional<String> tenant() {
        return Optional.ofNullable(tenant);
    }

    /** Whether the export was started in this tenant; null for no tenant. */
    public boolean isOfTenant(@Nullable String other) {
        if (level == null) {
            // an older version of the plugin recorded it in the base URL only
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

    /** The partitions that are exported, in HAPI's JSON; empty if the record has none. The job reads no others. */
    public Optional<String> recordPartition() {
        return Optional.ofNullable(recordPartition);
    }

    /** The elements to which resources are limited, each with or without a resource type; empty for no limit. */
    public List<String> elements() {
        return elements == null ? List.of() : List.of(elements.split(",", -1));
    }

    /** The moment since which changes are exported; empty for no limit. */
    public Optional<Instant> changedSince() {
        return Optional.ofNullable(changedSince);
    }
}
