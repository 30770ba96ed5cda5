/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.hibernate.annotations.DynamicUpdate;
import org.jspecify.annotations.Nullable;

/** One run of HAPI's bulk export job, from kick-off to erasure. */
@Entity
@Table(name = "HBP_EXPORT")
@DynamicUpdate
public class Export {

    /** Leaves another server time to record the heartbeat of a download that began just before the expiry. */
    public static final Duration GRACE = Duration.ofSeconds(30);

    @Id
    @Column(name = "EXPORT_ID", length = 36)
    private String id;

    @Column(name = "JOB_ID", length = 100)
    private @Nullable String jobId;

    @Enumerated(EnumType.STRING)
    @Column(name = "STATE", nullable = false, columnDefinition = "varchar(20)")
    private State state;

    @Embedded
    private ExportAuthorization authorization;

    @Embedded
    private KickOffRequest kickOff;

    @Column(name = "POLLED_AT")
    private @Nullable Instant polledAt;

    @Column(name = "TRANSACTION_AT", updatable = false)
    private @Nullable Instant transactionTime;

    @Column(name = "FAILURE_CODE", length = 40)
    private @Nullable String failureCode;

    @Column(name = "FAILURE", length = ExportFailure.MAX_LENGTH)
    private @Nullable String failure;

    @Column(name = "STARTED_AT", nullable = false)
    private Instant startedAt;

    @Column(name = "ACTIVE_AT", nullable = false)
    private Instant activeAt;

    @Column(name = "ENDED_AT")
    private @Nullable Instant endedAt;

    @Column(name = "EXPIRES_AT")
    private @Nullable Instant expiresAt;

    @Column(name = "ERASED_AT")
    private @Nullable Instant erasedAt;

    @Column(name = "DUE_AT")
    private @Nullable Instant dueAt;

    @Column(name = "STORED_BYTES", nullable = false, updatable = false)
    private long storedBytes;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected Export() {}

    /**
     * A new, running export.
     *
     * @param id a fresh random identifier, which ties HAPI's job and its Binaries to this row
     * @param authorization who started it
     * @param exported what was exported, as a reference: the Group or the Patient; null for a system- or
     *     patient-type-level export
     * @param requestUrl the kick-off URL
     * @param baseUrl the FHIR base URL it was sent to, without a slash at its end
     * @param startedAt the moment of the kick-off
     */
    public Export(
            String id,
            ExportAuthorization authorization,
            @Nullable String exported,
            String requestUrl,
            String baseUrl,
            Instant startedAt) {
        this.id = id;
        this.state = State.RUNNING;
        this.authorization = authorization;
        this.kickOff = new KickOffRequest(exported, requestUrl, baseUrl);
        this.startedAt = startedAt;
        this.activeAt = startedAt;
    }

    /** Sets {@link #transactionTime}; without it, that is the time of the kick-off. */
    public Export asOf(Instant moment) {
        this.transactionTime = moment;
        return this;
    }

    void active(Instant at) {
        this.activeAt = at;
    }

    void assignJob(String newJobId) {
        this.jobId = newJobId;
    }

    void complete(Instant at, Instant expiry) {
        this.state = State.COMPLETE;
        this.endedAt = at;
        this.expiresAt = expiry;
        this.dueAt = expiry.plus(GRACE);
    }

    void end(State endState, Instant at) {
        this.state = endState;
        this.endedAt = at;
        this.dueAt = at;
    }

    void noteFailure(ExportFailure noted) {
        this.failureCode = noted.code();
        this.failure = noted.diagnostics();
    }

    /** The last failure of any attempt; empty if there was none. It is the export's only if the state is FAILED. */
    public Optional<ExportFailure> failure() {
        return failureCode == null || failure == null
                ? Optional.empty()
                : Optional.of(new ExportFailure(failureCode, failure));
    }

    /** When the sweep may begin to erase its content; null while it is running. */
    @Nullable
    public Instant endOfContent() {
        return switch (state) {
            case RUNNING -> null;
            case COMPLETE -> Objects.requireNonNull(expiresAt).plus(GRACE);
            case FAILED, DELETED -> endedAt == null ? startedAt : endedAt;
        };
    }

    /** Whether the sweep may erase its content. */
    public boolean isOver(Instant now) {
        Instant end = endOfContent();
        return end != null && !now.isBefore(end);
    }

    /**
     * When the sweep may delete its row, its tombstone, once all content is erased. Do not call it while the export is
     * running.
     *
     * @param retention how long rows stay after the expiry, or after the end of an export that never completed
     */
    public Instant endOfTombstone(Duration retention) {
        return Objects.requireNonNull(expiresAt == null ? endOfContent() : expiresAt)
                .plus(retention);
    }

    /** @param at when the sweep visits it next; null for never */
    public void due(@Nullable Instant at) {
        this.dueAt = at;
    }

    /** The random id of the export, which HAPI carries in the job's parameters. */
    public String id() {
        return id;
    }

    /** The id of HAPI's job; empty only between the two hooks that HAPI calls when it creates the job. */
    public Optional<String> jobId() {
        return Optional.ofNullable(jobId);
    }

    /** The state, which does not include expiry: see {@link #isExpired}. */
    public State state() {
        return state;
    }

    /** Who started it, and what their token covered. */
    public ExportAuthorization authorization() {
        return authorization;
    }

    /** What the kick-off asked for. */
    public KickOffRequest kickOff() {
        return kickOff;
    }

    /**
     * The manifest's {@code transactionTime} (Bulk Data IG, "Response - Complete Status"): the export has each resource
     * as it was then or later, and the next {@code _since} finds every change that is committed after it.
     */
    public Instant transactionTime() {
        return transactionTime == null ? startedAt : transactionTime;
    }

    /** The moment of the kick-off. */
    public Instant startedAt() {
        return startedAt;
    }

    /** The last heartbeat of a server that runs it. */
    public Instant activeAt() {
        return activeAt;
    }

    /** When the files stop answering; empty until the export is complete. */
    public Optional<Instant> expiresAt() {
        return Optional.ofNullable(expiresAt);
    }

    /** When all its content had been erased; empty before that. */
    public Optional<Instant> erasedAt() {
        return Optional.ofNullable(erasedAt);
    }

    /** Whether all its content has been erased. */
    public boolean isErased() {
        return erasedAt != null;
    }

    /** Whether the files have expired at the given moment, whether or not a sweep has run. */
    public boolean isExpired(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }

    /** The states of an export. Expiry is not one of them: the clock decides it at each request. */
    public enum State {
        /** HAPI's job is queued or running. */
        RUNNING,
        /** The job is complete and its files may be downloaded until they expire. */
        COMPLETE,
        /** The job failed; there is nothing to download. */
        FAILED,
        /** Cancelled or deleted by its owner, or cancelled in HAPI. Its URLs answer 404. */
        DELETED
    }

    /** A part of an export: one of its files, or an attachment, which is a Binary that a file refers to. */
    public interface Part {

        /** The id of the Binary, without the resource type. */
        String binaryId();

        /** The export it belongs to. */
        Export export();
    }

    /** Thrown on a write for an export that has ended: it was completed elsewhere, has failed, or was deleted. */
    public static final class EndedException extends IllegalStateException {

        private static final long serialVersionUID = 1L;

        /** @param exportId the export that has ended */
        public EndedException(String exportId) {
            super("The export " + exportId + " has ended");
        }
    }
}
