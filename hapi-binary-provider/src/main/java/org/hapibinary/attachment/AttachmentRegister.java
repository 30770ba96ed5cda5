/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import com.google.common.collect.Sets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.hapibinary.attachment.AttachmentDecision.Absent;
import org.hapibinary.attachment.AttachmentDecision.Held;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.attachment.record.RecordBinaries.Entry;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewAttachment;
import org.hapibinary.storage.DatabaseFaults;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides which Binaries become attachments of an export. */
public final class AttachmentRegister {

    /** Which Binaries of the record an export includes if its resources refer to them. */
    public enum Rule {
        /**
         * All if the kick-off's token covers reading Binary, otherwise those whose {@code securityContext} is the
         * referring resource, its patient, or a resource of that patient.
         */
        SCOPED,

        /** All: a scope for the type of the referring resource suffices. */
        REFERENCED,

        /** None. */
        NONE
    }

    private static final Logger log = LoggerFactory.getLogger(AttachmentRegister.class);

    /** HAPI's versions are positive 64-bit numbers; it fails at longer ones. */
    private static final Pattern VERSION = Pattern.compile("[0-9]{1,18}");

    private final Rule rule;
    private final RecordBinaries record;
    private final ExportWork work;

    /**
     * @param rule which Binaries an export includes
     * @param record the Binaries of the record
     * @param work knows which attachments an export already has
     */
    public AttachmentRegister(Rule rule, RecordBinaries record, ExportWork work) {
        this.rule = rule;
        this.record = record;
        this.work = work;
    }

    /**
     * Decides on many references at once. It treats a Binary that cannot be looked up as absent. It reports one that is
     * not permitted in the same words whether or not it exists.
     *
     * @return a decision for each reference, in their order
     */
    List<AttachmentDecision> decide(List<AttachmentReference> references, ReferringExport export) {
        if (rule == Rule.NONE) {
            return references.stream().map(AttachmentRegister::notPermitted).toList();
        }
        Map<String, List<AttachmentReference>> byBinary = new LinkedHashMap<>();
        references.stream()
                .filter(reference -> reference.binary().isUnderstood())
                .forEach(
                        reference -> byBinary.computeIfAbsent(reference.binary().binaryId(), id -> new ArrayList<>())
                                .add(reference));
        Batch batch = new Batch(export, byBinary);
        return references.stream().map(batch::decide).toList();
    }

    private static AttachmentDecision notPermitted(AttachmentReference reference) {
        return new Absent(
                Absent.NOT_PERMITTED,
                new ExportIssue(
                        Severity.ERROR,
                        "forbidden",
                        named(reference) + " may not be had from this export, or does not exist."));
    }

    private static AttachmentDecision unknown(
            Severity severity, String code, AttachmentReference reference, String fault) {
        return new Absent(Absent.UNKNOWN, new ExportIssue(severity, code, named(reference) + fault));
    }

    private static String named(AttachmentReference reference) {
        return reference.resource() + ": its attachment Binary/"
                + reference.binary().binaryId();
    }

    /** The references of a batch, by their Binaries, with the results of the look-ups. */
    private final class Batch {

        private final ReferringExport export;
        private final boolean isScoped;
        private final Map<String, Entry> current;
        private final Map<String, Entry> held = new LinkedHashMap<>();
        private final Map<String, String> heldVersions;
        private final Map<String, String> titles = new LinkedHashMap<>();
        private final SecurityContexts contexts;

        Batch(ReferringExport export, Map<String, List<AttachmentReference>> byBinary) {
            this.export = export;
            isScoped = rule == Rule.SCOPED && !export.hasAnyBinary();
            current = byBinary.isEmpty() ? Map.of() : record.find(byBinary.keySet(), export.partition(), isScoped);
            heldVersions = new LinkedHashMap<>(
                    current.isEmpty() ? Map.of() : work.attachmentVersions(export.exportId(), current.keySet()));
            SecurityContexts ofCurrent = lookUpContexts(byBinary, current.values());
            byBinary.forEach((binaryId, referring) -> {
                Entry entry = current.get(binaryId);
                if (entry != null) {
                    hold(binaryId, entry, permitted(referring, entry, ofCurrent));
                    titleOf(referring).ifPresent(title -> titles.put(binaryId, title));
                }
            });
            Set<Entry> known = new HashSet<>(current.values());
            contexts = known.containsAll(held.values())
                    ? ofCurrent
                    : lookUpContexts(byBinary, Sets.union(known, Set.copyOf(held.values())));
        }

        private SecurityContexts lookUpContexts(
                Map<String, List<AttachmentReference>> byBinary, Collection<Entry> entries) {
            return SecurityContexts.lookUp(
                    export,
                    byBinary.values().stream()
                            .flatMap(List::stream)
                            .map(AttachmentReference::resource)
                            .distinct()
                            .toList(),
                    entries.stream()
                            .map(Entry::securityContext)
                            .filter(Objects::nonNull)
                            .distinct()
                            .toList());
        }

        private List<AttachmentReference> permitted(
                List<AttachmentReference> referring, Entry entry, SecurityContexts of) {
            return referring.stream()
                    .filter(reference -> !isScoped || of.permit(reference.resource(), entry.securityContext()))
                    .toList();
        }

        /** Includes a Binary in one version only, since it has only one URL in an export. */
        private void hold(String binaryId, Entry entry, List<AttachmentReference> permitted) {
            if (permitted.isEmpty()) {
                return;
            }
            List<String> wanted = permitted.stream()
                    .map(reference -> wanted(reference, entry))
                    .distinct()
                    .toList();
            String version = heldVersions.computeIfAbsent(
                    binaryId, id -> wanted.contains(entry.versionId()) ? entry.versionId() : wanted.get(0));
            Entry exported = version.equals(entry.versionId()) ? entry : version(binaryId, version);
            if (exported != null) {
                held.put(binaryId, exported);
            }
        }

        private static String wanted(AttachmentReference reference, Entry current) {
            String version = reference.binary().versionId();
            return version == null ? current.versionId() : version;
        }

        private @Nullable Entry version(String binaryId, String version) {
            if (!VERSION.matcher(version).matches()) {
                return null;
            }
            try {
                return record.find(binaryId, version, export.partition()).orElse(null);
            } catch (RuntimeException e) {
                DatabaseFaults.throwIfIn(e);
                log.warn("Binary/{} cannot be read in version {}", binaryId, version, e);
                return null;
            }
        }

        AttachmentDecision decide(AttachmentReference reference) {
            String binaryId = reference.binary().binaryId();
            Entry entry = current.get(binaryId);
            if (entry == null) {
                return missing(reference);
            }
            if (!permits(reference, entry)) {
                return notPermitted(reference);
            }
            String version = heldVersions.getOrDefault(binaryId, entry.versionId());
            if (!version.equals(wanted(reference, entry))) {
                return unknown(
                        Severity.WARNING,
                        "conflict",
                        reference,
                        " is meant in version " + wanted(reference, entry) + ", the export has version " + version
                                + ".");
            }
            Entry exported = held.get(binaryId);
            if (exported == null) {
                return missing(reference);
            }
            if (!permits(reference, exported)) {
                return notPermitted(reference);
            }
            return exported.isEmpty()
                    ? unknown(Severity.ERROR, "not-found", reference, " has no content.")
                    : new Held(new NewAttachment(binaryId, version, permission(), titles.get(binaryId)));
        }

        private Attachment.Permission permission() {
            return rule == Rule.SCOPED && !isScoped
                    ? Attachment.Permission.BINARY_SCOPE
                    : Attachment.Permission.REFERENCE;
        }

        private boolean permits(AttachmentReference reference, Entry entry) {
            return !isScoped || contexts.permit(reference.resource(), entry.securityContext());
        }

        /** The decision about a missing Binary. A client that may not read every Binary is not told which exist. */
        private AttachmentDecision missing(AttachmentReference reference) {
            String version = reference.binary().versionId();
            return isScoped
                    ? notPermitted(reference)
                    : unknown(
                            Severity.ERROR,
                            "not-found",
                            reference,
                            " does not exist" + (version == null ? "" : " in version " + version) + ".");
        }
    }

    private static Optional<String> titleOf(List<AttachmentReference> references) {
        return references.stream()
                .map(AttachmentReference::title)
                .filter(Objects::nonNull)
                .filter(text -> !text.isBlank())
                .findFirst();
    }
}
