/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.util.ArrayList;
import java.util.List;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.NewAttachment;
import org.hl7.fhir.instance.model.api.IBaseResource;

/**
 * The attachments of the resources of one export: found, decided upon in batches, and given the URLs that they have in
 * it.
 */
public final class ExportAttachments {

    private final AttachmentFinder finder;
    private final AttachmentRegister register;
    private final ReferringExport export;

    /**
     * @param finder finds them
     * @param register decides
     * @param export whose they are
     */
    public ExportAttachments(AttachmentFinder finder, AttachmentRegister register, ReferringExport export) {
        this.finder = finder;
        this.register = register;
        this.export = export;
    }

    /**
     * The attachments of one resource that are in question, and what has become of them.
     *
     * @param held what the export has
     * @param issues one for each that it does not have
     */
    public record Settled(List<NewAttachment> held, List<ExportIssue> issues) {}

    /** Those of a resource whose URLs point to this server. */
    public List<FoundAttachment> find(IBaseResource resource) {
        return finder.find(resource, export.bases());
    }

    /**
     * Decides on those of a batch of resources, in one look-up, and changes their URLs accordingly.
     *
     * @param found of each resource
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
