/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import java.io.IOException;
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
import org.hapibinary.storage.RecordBinaries.Found;
import org.jspecify.annotations.Nullable;

/** Looks up what the resources of a file refer to: what is there becomes an attachment, what is not is reported. */
final class AttachmentRegister {

    private final ExportCatalog catalog;
    private final RecordBinaries record;
    private final AttachmentNames names = new AttachmentNames();

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

    Registered lookUp(Collection<AttachmentReference> references) throws IOException {
        Map<String, List<AttachmentReference>> byBinary = new LinkedHashMap<>();
        references.forEach(
                reference -> byBinary.computeIfAbsent(reference.binary().binaryId(), id -> new ArrayList<>())
                        .add(reference));
        List<NewAttachment> attachments = new ArrayList<>();
        List<ExportIssue> issues = new ArrayList<>();
        if (!byBinary.isEmpty()) {
            // the files of exports are nobody's attachments, whoever writes a resource that says so
            Set<String> ofExports = catalog.binariesOfExports(byBinary.keySet());
            Map<String, Found> current = record.find(byBinary.keySet());
            for (Map.Entry<String, List<AttachmentReference>> entry : byBinary.entrySet()) {
                Found found = ofExports.contains(entry.getKey()) ? null : current.get(entry.getKey());
                register(entry.getKey(), found, entry.getValue(), attachments, issues);
            }
        }
        return new Registered(attachments, issues);
    }

    private void register(
            String binaryId,
            @Nullable Found current,
            List<AttachmentReference> references,
            List<NewAttachment> attachments,
            List<ExportIssue> issues)
            throws IOException {
        Optional<Found> exported = current == null ? Optional.empty() : exportedVersion(binaryId, current, references);
        if (exported.isPresent() && exported.get().size() > 0) {
            attachments.add(attachment(binaryId, exported.get(), references));
        }
        for (AttachmentReference reference : references) {
            problemOf(reference, exported.orElse(null)).ifPresent(issues::add);
        }
    }

    /** Under the one URL that a Binary has in an export there can be one version of it. */
    private Optional<Found> exportedVersion(String binaryId, Found current, List<AttachmentReference> references)
            throws IOException {
        String wanted = references.get(0).binary().versionId();
        boolean unanimous = references.stream()
                .allMatch(reference ->
                        wanted != null && wanted.equals(reference.binary().versionId()));
        return !unanimous || current.versionId().equals(wanted)
                ? Optional.of(current)
                : record.find(binaryId, String.valueOf(wanted));
    }

    private NewAttachment attachment(String binaryId, Found found, List<AttachmentReference> references) {
        String title = references.stream()
                .map(AttachmentReference::title)
                .filter(text -> text != null && !text.isBlank())
                .findFirst()
                .orElse(null);
        return new NewAttachment(
                binaryId,
                found.versionId(),
                names.nameOf(binaryId, title, found.contentType()),
                found.contentType(),
                found.contentId(),
                found.size(),
                found.sha256(),
                found.lastModified());
    }

    private static Optional<ExportIssue> problemOf(AttachmentReference reference, @Nullable Found exported) {
        String what = reference.resource() + ": its attachment Binary/"
                + reference.binary().binaryId();
        String wanted = reference.binary().versionId();
        if (exported == null) {
            String version = wanted == null ? "" : " in version " + wanted;
            return Optional.of(new ExportIssue(Severity.ERROR, "not-found", what + " does not exist" + version + "."));
        }
        if (exported.size() == 0) {
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
