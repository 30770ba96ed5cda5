/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.batch2.api.StepExecutionDetails;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.function.Consumer;
import org.hapibinary.attachment.AttachmentFinder;
import org.hapibinary.attachment.AttachmentRegister;
import org.hapibinary.attachment.ExportAttachments;
import org.hapibinary.attachment.ReferringExport;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.reading.ElementSelection;
import org.hapibinary.jpaserver.reading.Line;
import org.hapibinary.jpaserver.reading.Lines;
import org.hapibinary.jpaserver.reading.ResourceReader;
import org.hapibinary.jpaserver.search.ExportPatients;
import org.hapibinary.jpaserver.search.FindWork;
import org.hapibinary.jpaserver.search.LateReferences;
import org.hapibinary.jpaserver.search.ResourceFinder;
import org.hapibinary.jpaserver.search.WriteWork;

/** Writes resources into files. Uses a fixed amount of memory: it reads resources while it stores their bytes. */
final class ResourceFiles {

    private final FhirContext fhirContext;
    private final ResourceReader reader;
    private final ResourceFinder finder;
    private final DeletedResources deleted;
    private final DataFileWriter files;
    private final JpaStorageSettings settings;
    private final AttachmentFinder attachments;
    private final AttachmentRegister register;
    private final ExportPatients patients;

    ResourceFiles(
            ResourceReader.Hapi hapi,
            ExportSteps.Sources sources,
            ResourceFinder finder,
            DeletedResources deleted,
            DataFileWriter files) {
        this.fhirContext = hapi.fhirContext();
        this.reader = sources.reader();
        this.finder = finder;
        this.deleted = deleted;
        this.files = files;
        this.settings = hapi.settings();
        this.attachments = new AttachmentFinder(fhirContext);
        this.register = sources.attachments();
        this.patients = sources.patients();
    }

    /** The base URLs, other than the export's, that the server treats as its own. */
    Collection<String> otherBases() {
        return settings.getTreatBaseUrlsAsLocal();
    }

    /**
     * Writes resources that were found for an export.
     *
     * @param details of the chunk of HAPI's job
     * @param references receives each line
     */
    void write(
            RunningChunk chunk,
            StepExecutionDetails<BulkExportJobParameters, ?> details,
            WriteWork work,
            LateReferences references) {
        ResourceFinder.Limits limits = ResourceFinder.Limits.of(chunk, work.plan(), details.getParameters());
        Lines.Request request = new Lines.Request(
                work.resourceType(),
                work.keys(),
                details.getParameters(),
                new ElementSelection(fhirContext, chunk.export().kickOff().elements()).of(work.resourceType()),
                chunk.export().transactionTime(),
                keys -> finder.stillIn(work.resourceType(), work.scope(), limits, keys),
                version -> deleted.isOf(version, work, chunk),
                details.getInstance().getStartTime(),
                new ExportAttachments(attachments, register, referring(chunk, work)),
                chunk::report);
        try (Lines lines = reader.read(request)) {
            write(chunk, ExportFile.Kind.DATA, work, lines, references::scan);
        }
        references.flush();
    }

    private ReferringExport referring(RunningChunk chunk, WriteWork work) {
        boolean ofMembers = work.scope() == FindWork.Scope.MEMBERS || work.scope() == FindWork.Scope.GROUP;
        return chunk.referring(
                otherBases(),
                ofMembers ? patients.members(chunk.export().id(), chunk.partition()) : patients.all(chunk.partition()));
    }

    /** Writes the deletions of resources. */
    void writeDeleted(RunningChunk chunk, WriteWork work) {
        write(chunk, ExportFile.Kind.DELETED, work, deleted.lines(work, chunk), line -> {});
    }

    private void write(
            RunningChunk chunk, ExportFile.Kind kind, WriteWork work, Line.Source lines, Consumer<Line> written) {
        try {
            while (lines.peek() != null) {
                files.write(chunk, kind, work.resourceType(), lines, written);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
