/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.catalog.NewAttachment;
import org.hapibinary.storage.RecordBinaries;
import org.hapibinary.storage.RecordBinaries.Entry;
import org.jspecify.annotations.Nullable;

/** Looks up what the resources of a file refer to: what is there becomes an attachment, what is not is reported. */
final class AttachmentRegister {

    private final ExportCatalog catalog;
    private final RecordBinaries record;

    AttachmentRegister(ExportCatalog catalog, RecordBinaries record) {
        this.catalog = catalog;
        this.record = record;
    }

    /**
     * What has become of the references of a file.
     *
     * @param attachments one for each Binary
     * @param issues one for each reference that leads nowhere
     */
    record Registered(List<NewAttachment> attachments, List<ExportIssue> issues) {}

    /** @param partition the part of the record in which they are looked for */
    Registered lookUp(Collection<AttachmentReference> references, RequestPartitionId partition) {
        Map<String, List<AttachmentReference>> byBinary = new LinkedHashMap<>();
        references.forEach(
                reference -> byBinary.computeIfAbsent(reference.binary().binaryId(), id -> new ArrayList<>())
                        .add(reference));
        List<NewAttachment> attachments = new ArrayList<>();
        List<ExportIssue> issues = new ArrayList<>();
        if (!byBinary.isEmpty()) {
            // the files of exports are nobody's attachments, whoever writes a resource that says so
            Set<String> ofExports = catalog.binariesOfExports(byBinary.keySet());
            Map<String, Entry> current = record.find(byBinary.keySet(), partition);
            byBinary.forEach((binaryId, referring) -> {
                Entry found = ofExports.contains(binaryId) ? null : current.get(binaryId);
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
        return unanimous ? record.find(binaryId, wanted, partition).orElse(null) : current;
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
