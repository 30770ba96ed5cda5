/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import jakarta.persistence.PersistenceException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.catalog.NewAttachment;
import org.hapibinary.storage.RecordBinaries;
import org.hapibinary.storage.RecordBinaries.Entry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** Looks up what the resources of a file refer to: what is there becomes an attachment, what is not is reported. */
public final class AttachmentRegister {

    private static final Logger log = LoggerFactory.getLogger(AttachmentRegister.class);

    /** HAPI's versions are positive numbers of 64 bits; it fails at longer ones. */
    private static final Pattern VERSION = Pattern.compile("[0-9]{1,18}");

    private final RecordBinaries record;

    /** @param record has the Binaries */
    public AttachmentRegister(RecordBinaries record) {
        this.record = record;
    }

    /**
     * What has become of the references of a file.
     *
     * @param attachments one for each Binary
     * @param issues one for each reference that leads nowhere
     */
    public record Registered(List<NewAttachment> attachments, List<ExportIssue> issues) {}

    /**
     * Looks up many references at once. A Binary that cannot be looked up is reported like one that is not there.
     *
     * @param partition the part of the record in which they are looked for
     */
    public Registered lookUp(Collection<AttachmentReference> references, RequestPartitionId partition) {
        Map<String, List<AttachmentReference>> byBinary = new LinkedHashMap<>();
        references.forEach(
                reference -> byBinary.computeIfAbsent(reference.binary().binaryId(), id -> new ArrayList<>())
                        .add(reference));
        List<NewAttachment> attachments = new ArrayList<>();
        List<ExportIssue> issues = new ArrayList<>();
        if (!byBinary.isEmpty()) {
            Map<String, Entry> current = record.find(byBinary.keySet(), partition);
            byBinary.forEach((binaryId, referring) -> {
                Entry found = current.get(binaryId);
                Entry exported = found == null ? null : exportedVersion(binaryId, found, referring, partition);
                if (exported != null && !exported.isEmpty()) {
                    attachments.add(new NewAttachment(binaryId, exported.versionId(), titleOf(referring)));
                }
                referring.forEach(reference -> problemOf(reference, exported).ifPresent(issues::add));
            });
        }
        return new Registered(attachments, issues);
    }

    /** Under the one URL that a Binary has in an export there can be one version of it. */
    private @Nullable Entry exportedVersion(
            String binaryId, Entry current, List<AttachmentReference> references, RequestPartitionId partition) {
        String wanted = references.get(0).binary().versionId();
        if (wanted == null || wanted.equals(current.versionId())) {
            return current;
        }
        boolean unanimous = references.stream()
                .allMatch(reference -> wanted.equals(reference.binary().versionId()));
        return unanimous ? version(binaryId, wanted, partition) : current;
    }

    private @Nullable Entry version(String binaryId, String version, RequestPartitionId partition) {
        if (!VERSION.matcher(version).matches()) {
            return null;
        }
        try {
            return record.find(binaryId, version, partition).orElse(null);
        } catch (DataAccessException | PersistenceException | TransactionException e) {
            throw e;
        } catch (RuntimeException e) {
            log.warn("Binary/{} cannot be read in version {}", binaryId, version, e);
            return null;
        }
    }

    private static @Nullable String titleOf(List<AttachmentReference> references) {
        return references.stream()
                .map(AttachmentReference::title)
                .filter(text -> text != null && !text.isBlank())
                .findFirst()
                .orElse(null);
    }

    private static Optional<ExportIssue> problemOf(AttachmentReference reference, @Nullable Entry exported) {
        String what = reference.resource() + ": its attachment Binary/"
                + reference.binary().binaryId();
        String wanted = reference.binary().versionId();
        if (exported == null) {
            String version = wanted == null ? "" : " in version " + wanted;
            return Optional.of(new ExportIssue(Severity.ERROR, "not-found", what + " does not exist" + version + "."));
        }
        if (exported.isEmpty()) {
            return Optional.of(new ExportIssue(Severity.ERROR, "not-found", what + " has no content."));
        }
        return wanted == null || wanted.equals(exported.versionId())
                ? Optional.empty()
                : Optional.of(new ExportIssue(
                        Severity.WARNING,
                        "conflict",
                        what + " is meant in version " + wanted + ", the export has version " + exported.versionId()
                                + "."));
    }
}
