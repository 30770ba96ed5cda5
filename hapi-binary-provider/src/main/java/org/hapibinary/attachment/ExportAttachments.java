/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.util.ArrayList;
import java.util.List;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.NewAttachment;
import org.hl7.fhir.instance.model.api.IBaseResource;

/**
 * The attachments in the resources of one export: finds them, decides on them in batches, and replaces their URLs by
 * those of the export.
 */
public final class ExportAttachments {

    private final AttachmentFinder finder;
    private final AttachmentRegister register;
    private final ReferringExport export;

    /**
     * @param finder finds attachments in resources
     * @param register decides on them
     * @param export the export
     */
    public ExportAttachments(AttachmentFinder finder, AttachmentRegister register, ReferringExport export) {
        this.finder = finder;
        this.register = register;
        this.export = export;
    }

    /**
     * The decisions about the attachments of one resource.
     *
     * @param held the attachments that the export includes
     * @param issues one for each that it does not include
     */
    public record Settled(List<NewAttachment> held, List<ExportIssue> issues) {}

    /** Finds the attachments of a resource whose URLs point to this server. */
    public List<FoundAttachment> find(IBaseResource resource) {
        return finder.find(resource, export.bases());
    }

    /**
     * Decides on the attachments of a batch of resources, in one look-up, and changes their URLs accordingly.
     *
     * @param found the attachments of each resource
     * @return the outcome for each resource, in their order
     */
    public List<Settled> settle(List<List<FoundAttachment>> found) {
        List<FoundAttachment> all = found.stream().flatMap(List::stream).toList();
        List<AttachmentDecision> decisions =
                register.decide(all.stream().map(FoundAttachment::reference).toList(), export);
        List<Settled> outcome = new ArrayList<>();
        int next = 0;
        for (List<FoundAttachment> ofResource : found) {
            List<NewAttachment> held = new ArrayList<>();
            List<ExportIssue> issues = new ArrayList<>();
            for (FoundAttachment attachment : ofResource) {
                AttachmentDecision decision = decisions.get(next++);
                attachment.apply(decision, export.bases().get(0));
                if (decision instanceof AttachmentDecision.Held kept) {
                    held.add(kept.attachment());
                } else if (decision instanceof AttachmentDecision.Absent absent) {
                    issues.add(absent.issue());
                }
            }
            outcome.add(new Settled(held, issues));
        }
        return outcome;
    }
}
